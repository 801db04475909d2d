import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { AggregateDraft } from '../../storage-sync/publishing/aggregate/draft.ts';
import {
  foreignSize,
  NEARLY_FULL,
  SECRET_LIMIT_BYTES,
} from '../../storage-sync/publishing/aggregate/secret-size.ts';
import { restoreContent, type SourceContent } from '../../storage-sync/keeping/source-content.ts';
import { failed, type Finding, good, warning } from './finding.ts';

const REMEDY = 'Make sources smaller; what does not fit is not published.';

/** How full the aggregate is. @param aggregate undefined: it does not exist yet */
export function heldRoom(aggregate: SecretSnapshot | undefined): Finding {
  const values = [...(aggregate?.data.values() ?? [])];
  const bytes = values.reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  const percent = Math.floor((bytes / SECRET_LIMIT_BYTES) * 100);
  const message = `${kib(bytes)} of ${kib(SECRET_LIMIT_BYTES)} (${percent}%)`;
  return bytes >= NEARLY_FULL * SECRET_LIMIT_BYTES ? warning(message, REMEDY) : good(message);
}

/**
 * Whether what was read fits into the aggregate beside all the rest, as the exporter itself decides it.
 *
 * @param read newest contents by cluster
 * @param names all entries of the registry; keys of others leave the aggregate
 * @param aggregate undefined: it does not exist yet
 * @returns what is said of each cluster that was read
 */
export function roomByCluster(
  read: ReadonlyMap<string, SourceContent>,
  names: readonly string[],
  aggregate: SecretSnapshot | undefined,
): Map<string, Finding> {
  const published = new Map<string, SourceContent>();
  for (const name of names) {
    const held = aggregate?.data.get(name);
    const content = held === undefined ? undefined : restoreContent(held)?.content;
    if (content) published.set(name, content);
  }
  const draft = new AggregateDraft({ held: [published] });
  const changes = new Map([...read].map(([name, content]) => [name, { content, memory: undefined }]));
  draft.revise(changes, aggregate ? [foreignSize(aggregate)] : []);
  const { bytes, tooLarge } = draft;
  return new Map(
    [...read].map(([name, content]) => [
      name,
      tooLarge.includes(name)
        ? failed(
            `Its content of ${kib(content.bytes)} does not fit beside the others: ${kib(bytes)} of ${kib(SECRET_LIMIT_BYTES)} are taken.`,
            REMEDY,
          )
        : good(kib(content.bytes)),
    ]),
  );
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
