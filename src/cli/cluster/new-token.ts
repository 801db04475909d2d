import { span, until } from '../age.ts';
import { RegistryUncertainError } from '../registry/registry-uncertain.error.ts';
import { describeObject, type KubeObject } from '../requests.ts';
import type { Terminal } from '../terminal.ts';
import { type Deletion, type ReaderToken, Readers, type TokenWish } from './reader.ts';

/** An API server that gives less than this share of what was asked for is worth a warning. */
const NEARLY = 0.9;

/** The cluster in which a token is made. */
export interface TokenJob {
  readonly readers: Pick<Readers, 'createReader' | 'delete'>;
  readonly wish: TokenWish;
  readonly terminal: Pick<Terminal, 'note' | 'progress'>;
  /** Ctrl-C. */
  readonly interruption: AbortSignal;
}

/**
 * Makes a reader with its token for a task, and takes it back when the task fails or is interrupted. What cannot be taken back, and what the
 * registry may hold, is named.
 */
export async function withNewToken<Result>(
  { readers, wish, terminal, interruption }: TokenJob,
  task: (token: ReaderToken) => Promise<Result>,
): Promise<Result> {
  const name = Readers.newName();
  const made: KubeObject[] = [];
  try {
    terminal.progress(`creating the reader ${name}`);
    return await task(await readers.createReader(name, wish, interruption, made));
  } catch (error) {
    const objects = made.toReversed();
    if (error instanceof RegistryUncertainError)
      terminal.note(
        `The new token stays valid. If the registry does not hold it, delete in the cluster: ${objects.map(describeObject).join(', ')}`,
      );
    else {
      terminal.progress(`taking the reader ${name} back`);
      for (const line of leftLines(await readers.delete(objects))) terminal.note(line);
    }
    throw interruption.aborted ? interruption.reason : error;
  }
}

/** What is still there, for the operator. */
export function leftLines({ failed }: Deletion): string[] {
  return failed.map(({ object, message }) => `left in the cluster: ${describeObject(object)}. ${message}`);
}

/** When a new token expires, and a warning where that is much sooner than was asked for. */
export function expiryNotes(
  { expires }: ReaderToken,
  { duration }: TokenWish,
): { note: string; warnings: string[] } {
  if (!expires) return { note: 'its token does not expire', warnings: [] };
  const leftMs = expires.getTime() - Date.now();
  const when = `${expires.toISOString()} (${until(leftMs)})`;
  return {
    note: `its token expires on ${when}`,
    warnings:
      leftMs < NEARLY * duration
        ? [
            `The API server gives no token for ${span(duration)}: this one expires on ${when}. Rotate it before then, or use --token-secret (docs/managed-clusters.md).`,
          ]
        : [],
  };
}
