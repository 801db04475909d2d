import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, load } from 'js-yaml';
import { z } from 'zod';
import { settingTypes } from '../../../index.ts';

/** Names of clusters and keys are those of keys of a Secret. */
const pattern = z
  .string()
  .regex(/^[-._a-zA-Z0-9*?]+$/, 'must be a name, in which * stands for any text and ? for one character');

const view = z.strictObject({
  name: settingTypes.secretName,
  namespace: settingTypes.namespaceName.optional(),
  clusters: z.array(pattern).min(1),
  keys: z.array(pattern).min(1),
});

const file = z.strictObject({ views: z.array(view) });

/** A Secret that holds chosen clusters, and of each the chosen keys. */
export type ViewDefinition = z.output<typeof view>;

/**
 * Setting whose value is the path of a YAML file: `views: [{name, namespace?, clusters, keys}]`. Its output is what the file says.
 */
export const viewsFile = z.string().transform((path, context): readonly ViewDefinition[] => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  let document: unknown;
  try {
    document = load(readFileSync(path, 'utf8'), { schema: CORE_SCHEMA });
  } catch (error) {
    const { code } = error as { code?: string };
    return refuse(
      code === undefined ? 'names a file that is not YAML' : `names a file that cannot be read (${code})`,
    );
  }
  const result = file.safeParse(document);
  if (result.success) return result.data.views;
  const issues = result.error.issues.map(
    ({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`,
  );
  return refuse(`names a file that is invalid: ${issues.join(', ')}`);
});
