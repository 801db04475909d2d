import { z } from 'zod';
import { defineExtension, EXTENSION_API_VERSION, ObjectRefs, Output } from '../../../index.ts';
import { ViewProblems } from './view-problems.ts';
import { viewsFile } from './views-file.ts';
import { ViewsOutput } from './views.output.ts';

class ViewsModule {}

/** Further Secrets with chosen clusters and keys, for readers that should not see everything. */
export default defineExtension({
  name: 'views',
  apiVersion: EXTENSION_API_VERSION,
  settings: z.object({
    FILE: viewsFile.meta({
      fallback: 'none; must be set',
      description: 'YAML file that defines the views. Read at start.',
    }),
  }),
  module: ({ FILE }) => ({
    module: ViewsModule,
    providers: [
      ViewProblems,
      {
        provide: Output,
        inject: [ObjectRefs, ViewProblems],
        useFactory: (refs: ObjectRefs, problems: ViewProblems) => new ViewsOutput(FILE, refs, problems),
      },
    ],
  }),
});
