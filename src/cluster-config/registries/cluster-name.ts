/** Longest key of a Secret (Kubernetes, `IsConfigMapKey`). */
const MAX_LENGTH = 253;

/**
 * The name of a cluster as a key of a Secret: `[-._a-zA-Z0-9]+`; whatever else a registry writes becomes a `.`.
 *
 * @returns undefined where nothing can be made of it
 */
export function clusterNameOf(text: string): string | undefined {
  const name = text.replaceAll(/[^-._a-zA-Z0-9]/gu, '.');
  if (name === '' || name.length > MAX_LENGTH || name === '.' || name.startsWith('..')) return undefined;
  return name;
}
