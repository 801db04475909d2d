/**
 * The file of an extension with an output: a ConfigMap for each cluster, with what the source holds under `opensearch`. Its settings say
 * what becomes of an object that is there already, and whether the ConfigMaps are immutable.
 */
export const SUMMARIES = `
import { Module } from '@nestjs/common';
import { z } from 'zod';
import { defineExtension, Output } from 'multi-cluster-config-exporter';

class Summaries extends Output {
  name = 'summaries';
  kinds = [{ apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] }];
  constructor({ EXISTING, IMMUTABLE }) {
    super();
    this.existing = EXISTING;
    this.immutable = IMMUTABLE === 'true';
  }
  *objects(contents) {
    for (const { cluster, data } of contents.values())
      yield {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'default',
        name: 'summary-' + cluster,
        fields: { data: { text: data.text('opensearch') }, ...(this.immutable && { immutable: true }) },
        existing: this.existing,
        replaceable: this.immutable,
      };
  }
}
class SummariesModule {}
Module({})(SummariesModule);
export default defineExtension({
  name: 'summaries',
  apiVersion: 1,
  settings: z.object({ EXISTING: z.enum(['refuse', 'adopt']).default('refuse'), IMMUTABLE: z.string().default('') }),
  module: (settings) => ({
    module: SummariesModule,
    providers: [{ provide: Summaries, useFactory: () => new Summaries(settings) }],
  }),
});
`;
