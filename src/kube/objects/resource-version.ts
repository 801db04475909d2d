/**
 * Whether a version of an object came before another. Versions are decimal numbers that can be compared (KEP-5504); of
 * anything else nothing is claimed.
 */
export function isOlderVersion(version: string, than: string): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
}
