/** The data of a source, or what becomes of it on the way to the aggregate. Never changed. */
export class SourceData {
  /** @param encoded base64 text by key, as Kubernetes serves it */
  constructor(readonly encoded: ReadonlyMap<string, string>) {}

  /** @param texts by key */
  static of(texts: Iterable<readonly [string, string]>): SourceData {
    return new SourceData(
      new Map([...texts].map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
    );
  }

  get keys(): readonly string[] {
    return [...this.encoded.keys()];
  }

  /** The value of a key as text, in UTF-8; undefined: there is none. */
  text(key: string): string | undefined {
    const value = this.encoded.get(key);
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
  }
}
