import type { SourceContent } from '../../keeping/source-content.ts';
import { SourceData } from '../../keeping/source-data.ts';
import type { PublishedContent } from './output.ts';

/** What the aggregate holds, decoded where somebody asks for it. A content that stays the same is the very same object. */
export class PublishedContents {
  private current: ReadonlyMap<string, PublishedContent> | undefined;

  /** Undefined: it is not published yet. */
  get contents(): ReadonlyMap<string, PublishedContent> | undefined {
    return this.current;
  }

  /** Takes what was published. */
  take(contents: ReadonlyMap<string, SourceContent>): void {
    const before = this.current;
    this.current = new Map(
      [...contents].map(([cluster, content]) => {
        const known = before?.get(cluster);
        return [cluster, known?.digest === content.digest ? known : published(cluster, content)];
      }),
    );
  }

  /** Forgets it: another replica continues. */
  clear(): void {
    this.current = undefined;
  }
}

function published(cluster: string, { digest, encoded }: SourceContent): PublishedContent {
  let decoded: SourceData | undefined;
  return {
    cluster,
    digest,
    get data() {
      decoded ??= decode(encoded);
      return decoded;
    },
  };
}

function decode(encoded: string): SourceData {
  const members = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Record<
    string,
    string
  > | null;
  return new SourceData(new Map(Object.entries(members ?? {}).map(([key, value]) => [key, value ?? ''])));
}
