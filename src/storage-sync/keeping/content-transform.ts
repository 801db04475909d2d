import type { Explanation } from '../../base/errors/explanation.ts';
import type { SourceData } from './source-data.ts';

/** What comes of a content: another one, or the reason why it has to wait. */
export type Transformed = { readonly data: SourceData } | { readonly hold: Explanation };

/**
 * Rewrites contents on their way from the sources to the aggregate, or holds them back. A provider that extends it takes part; several do one
 * after the other, in the order of configuration, after the payload checks.
 *
 * A content that is held leaves the key as it was, with the reason `invalid_payload` and this explanation; so does one where it throws,
 * with the reason `internal`. A key is never published half: what it gives is all that is published of the cluster.
 */
export abstract class ContentTransform {
  private listener: (cluster: string) => void = () => undefined;

  /**
   * Pure but for what it knows by itself, and quick: it is called for every content that was read.
   *
   * @param cluster its name
   * @param data of its source
   */
  abstract transform(cluster: string, data: SourceData): Transformed;

  /** For the core: what {@link reconsider} calls. */
  listen(listener: (cluster: string) => void): void {
    this.listener = listener;
  }

  /** To be called when {@link transform} would give something else than it last did, though the source has not changed. */
  protected reconsider(cluster: string): void {
    this.listener(cluster);
  }
}
