import { createHash } from 'node:crypto';

/** Digits of the hash in a mapped name. */
const HASH_LENGTH = 10;
const MAPPED = new RegExp(`-[0-9a-f]{${HASH_LENGTH}}$`);

/** What a name may be. */
export interface NameRule {
  /** Of a name that fits as it is. It must allow lower-case letters, digits and `-` between them. */
  readonly pattern: RegExp;
  readonly maxLength: number;
}

/**
 * A name for an object of a cluster. A name that breaks the rule becomes the closest one, with a hash of the cluster's name at its end. No name that is
 * used as it is ends like that, so two clusters never have the same.
 *
 * @param name with the cluster's name at its end, such as `primus-lens-postgres-east`
 */
export function fittingName(name: string, cluster: string, { pattern, maxLength }: NameRule): string {
  if (name.length <= maxLength && pattern.test(name) && !MAPPED.test(name)) return name;
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, HASH_LENGTH);
  const close = name
    .toLowerCase()
    .replaceAll(/[^-a-z0-9]/g, '-')
    .replace(/^-+/, '');
  const start = close.slice(0, maxLength - HASH_LENGTH - 1).replace(/-+$/, '');
  return start === '' ? `x-${hash}` : `${start}-${hash}`;
}
