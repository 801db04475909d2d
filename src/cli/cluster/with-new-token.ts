import { RegistryUncertainError } from '../registry/registry-uncertain.error.ts';
import type { Terminal } from '../terminal.ts';
import type { Reader, ReaderToken } from './reader.ts';

/**
 * Makes a token for a task, and ends it when the task fails. When nobody can tell whether the registry holds it, it lives on, and the
 * operator is told how to end it.
 *
 * @param durationMs that is asked for
 */
export async function withNewToken<Result>(
  reader: Pick<Reader, 'createToken' | 'remove'>,
  durationMs: number,
  terminal: Pick<Terminal, 'note'>,
  task: (token: ReaderToken) => Promise<Result>,
): Promise<Result> {
  const token = await reader.createToken(durationMs);
  try {
    return await task(token);
  } catch (error) {
    const { namespace, name } = token.boundTo.metadata;
    const ended =
      !(error instanceof RegistryUncertainError) &&
      (await reader.remove([token.boundTo]).then(
        () => true,
        () => false,
      ));
    if (!ended)
      terminal.note(
        `The new token is valid until ${token.expires.toISOString()}. If the registry does not hold it, end it by deleting the Secret ${namespace}/${name} in the cluster.`,
      );
    throw error;
  }
}
