import type { PinoLogger } from 'nestjs-pino';
import { isOlderVersion } from '../../../kube/objects/resource-version.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { RememberedState } from '../../keeping/cluster-record.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { parseMemory } from '../../keeping/state-memory.ts';
import { CLUSTER_STATES_ANNOTATION, CONFIRMED_REMOVAL_ANNOTATION } from './aggregate.ts';
import { listedItems } from './bounded-list.ts';
import type { DraftStart } from './draft.ts';

/** What the hub says when we start: last-known-good, and what was known about it. */
export interface Adopted extends Required<Pick<DraftStart, 'held' | 'order'>> {
  /** Of all parts, by cluster. */
  readonly contents: ReadonlyMap<string, SourceContent>;
  readonly memory: ReadonlyMap<string, RememberedState>;
  readonly usedConfirmation: string | undefined;
}

/**
 * Reads the aggregate back. Where two parts hold a cluster, because a move was cut short, what was written last counts.
 *
 * @param secrets of the parts; undefined: it does not exist
 * @param restore takes a value back as content, if its readers can read it; base64 text
 */
export function adoptAggregate(
  secrets: readonly (SecretSnapshot | undefined)[],
  restore: (encoded: string) => SourceContent | undefined,
  logger: PinoLogger,
): Adopted {
  const held = secrets.map((secret) => {
    const contents = new Map<string, SourceContent>();
    for (const [name, encoded] of secret?.data ?? []) {
      const content = restore(encoded);
      if (content) contents.set(name, content);
      else
        logger.warn(
          { cluster: name },
          'a key of the aggregate is unreadable and not taken as last-known-good',
        );
    }
    return contents;
  });
  const order = [...secrets.keys()].toSorted((a, b) => byVersion(secrets[a], secrets[b]));
  const contents = new Map(order.flatMap((index) => [...(held[index] ?? [])]));
  const memory = new Map(
    order.flatMap((index) => [
      ...parseMemory(listedItems(secrets[index]?.annotations.get(CLUSTER_STATES_ANNOTATION))),
    ]),
  );
  return {
    held,
    order,
    contents,
    memory,
    usedConfirmation: secrets[0]?.annotations.get(CONFIRMED_REMOVAL_ANNOTATION),
  };
}

function byVersion(a: SecretSnapshot | undefined, b: SecretSnapshot | undefined): number {
  if (!a || !b) return Number(a !== undefined) - Number(b !== undefined);
  return isOlderVersion(a.resourceVersion, b.resourceVersion) ? -1 : 1;
}
