import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** Versions of the protocol between a client and a credential plugin (Kubernetes, "client-go credential plugins"). */
const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const;

const command = z
  .string()
  .min(1)
  .refine(
    (text) => isAbsolute(text) || !text.includes('/'),
    'must be an absolute path, or a name that PATH has',
  );

const provider = z.strictObject({
  name: z.string().min(1),
  execConfig: z.strictObject({
    apiVersion: z.enum(API_VERSIONS),
    command,
    args: z.array(z.string()).nullish(),
    env: z.array(z.strictObject({ name: z.string().min(1), value: z.string() })).nullish(),
    provideClusterInfo: z.boolean().optional(),
    interactiveMode: z
      .enum(['Never', 'IfAvailable'], 'must be Never or IfAvailable: nobody is there')
      .optional(),
    installHint: z.string().optional(),
  }),
  profileSourcedCLIArgsPolicy: z.enum(['Append', 'Ignore']).default('Ignore'),
  profileSourcedEnvVarsPolicy: z.enum(['AppendIfNotExists', 'Replace', 'Ignore']).default('Ignore'),
});

const file = z.strictObject({ providers: z.array(provider).min(1) });

/** A credential plugin of the operator's, and what a profile may add to its command line. */
export type Provider = z.output<typeof provider>;

/**
 * Setting whose value is the path of the operator's file: `{"providers": [{"name", "execConfig", …}]}` (KEP-5339, "Plugin for Credentials
 * in ClusterProfile"). Its output is what the file says; what is wrong with it is said without its values, which may be secret.
 */
export const providerFile = z.string().transform((path, context): readonly Provider[] => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as { code?: string };
    return refuse(
      code === undefined ? 'names a file that is not JSON' : `names a file that cannot be read (${code})`,
    );
  }
  const result = file.safeParse(document);
  if (!result.success)
    return refuse(
      `names a file that is refused: ${result.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`).join(', ')}`,
    );
  const names = result.data.providers.map(({ name }) => name);
  if (new Set(names).size < names.length)
    return refuse('names a file in which two providers have the same name');
  return result.data.providers;
});
