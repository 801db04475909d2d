import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../kube/objects/secret-limit.ts';
import {
  foreignSize,
  STORED_LIMIT_BYTES,
  storedBytes,
} from '../../storage-sync/publishing/aggregate/secret-size.ts';
import { CommandFailedError } from '../command-failed.error.ts';

/** Longer than any token that an API server makes. Bytes. */
const TOKEN_BYTES = 2_048;

/**
 * Whether an entry fits into the registry, before its token is made.
 *
 * @param entry without its token
 * @returns a warning when the registry is nearly full
 * @throws CommandFailedError when it does not fit
 */
export function checkRoom(registry: SecretSnapshot | undefined, name: string, entry: string): string[] {
  if (!registry) return [];
  const sizes = new Map([...registry.data].map(([key, value]) => [key, Buffer.byteLength(value, 'base64')]));
  sizes.set(name, Buffer.byteLength(entry) + TOKEN_BYTES);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const { labels, annotations } = foreignSize(registry);
  const stored = [...sizes].reduce((sum, [key, size]) => sum + storedBytes(key, size), labels + annotations);
  const share = Math.max(bytes / SECRET_LIMIT_BYTES, stored / STORED_LIMIT_BYTES);
  if (share > 1)
    throw new CommandFailedError(
      `The registry has no room for another entry: ${sizes.size - 1} entries fill it. Nothing was made.`,
      { remedy: 'Remove clusters that are gone.' },
    );
  return share < NEARLY_FULL
    ? []
    : [`The registry is nearly full: ${Math.ceil(share * 100)}% of what a Secret can hold.`];
}
