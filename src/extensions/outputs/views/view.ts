import {
  encodeSource,
  type PublishedContent,
  SECRET_LIMIT_BYTES,
  SourceData,
  STORED_LIMIT_BYTES,
  storedBytes,
} from '../../../index.ts';
import type { ViewDefinition } from './views-file.ts';

/** What a view should hold now. */
export interface ViewContent {
  /** Base64 text by cluster, sorted by name. */
  readonly data: ReadonlyMap<string, string>;
  /** What the view asks for and the aggregate does not have. Sentences without a full stop. */
  readonly lacks: readonly string[];
  /** Clusters that do not fit into the Secret. */
  readonly tooLarge: readonly string[];
}

interface Chosen {
  readonly encoded: string;
  readonly bytes: number;
  readonly missingKeys: readonly string[];
}

/** One view: which clusters and keys it has, and what its Secret should hold. */
export class View {
  readonly name: string;
  readonly namespace: string;
  private readonly clusters: readonly Pattern[];
  private readonly keys: readonly Pattern[];
  /** A content that has not changed is the same object, so that a change of one among thousands costs one. */
  private readonly chosen = new WeakMap<PublishedContent, Chosen | undefined>();

  /** @param defaultNamespace where it is when the definition names no namespace */
  constructor({ name, namespace, clusters, keys }: ViewDefinition, defaultNamespace: string) {
    this.name = name;
    this.namespace = namespace ?? defaultNamespace;
    this.clusters = clusters.map((text) => new Pattern(text));
    this.keys = keys.map((text) => new Pattern(text));
  }

  /** Pure. A cluster without any of the keys is left out: readers would take an empty object for its configuration. */
  contentOf(contents: ReadonlyMap<string, PublishedContent>): ViewContent {
    const data = new Map<string, string>();
    const lacks = this.clusters
      .filter((pattern) => !pattern.matchesAny(contents.keys()))
      .map(({ text }) => `no cluster is named ${text}`);
    const tooLarge: string[] = [];
    let [bytes, stored] = [0, 0];
    for (const name of [...contents.keys()].toSorted()) {
      const content = contents.get(name);
      if (!content || !this.clusters.some((pattern) => pattern.matches(name))) continue;
      const chosen = this.choose(content);
      if (!chosen) {
        lacks.push(`${name} has none of the keys`);
        continue;
      }
      lacks.push(...chosen.missingKeys.map((key) => `${name} has no key ${key}`));
      const size = storedBytes(name, chosen.bytes);
      if (bytes + chosen.bytes > SECRET_LIMIT_BYTES || stored + size > STORED_LIMIT_BYTES) {
        tooLarge.push(name);
        continue;
      }
      bytes += chosen.bytes;
      stored += size;
      data.set(name, chosen.encoded);
    }
    return { data, lacks, tooLarge };
  }

  private choose(content: PublishedContent): Chosen | undefined {
    if (this.chosen.has(content)) return this.chosen.get(content);
    const { data } = content;
    const kept = [...data.encoded].filter(([key]) => this.keys.some((pattern) => pattern.matches(key)));
    const value = kept.length > 0 ? encodeSource(new SourceData(new Map(kept)).encoded) : undefined;
    const missingKeys = this.keys
      .filter((pattern) => !pattern.matchesAny(data.encoded.keys()))
      .map(({ text }) => text);
    const chosen = value && { encoded: value.encoded, bytes: value.bytes, missingKeys };
    this.chosen.set(content, chosen);
    return chosen;
  }
}

/** A name in which `*` stands for any text and `?` for one character. */
class Pattern {
  private readonly expression: RegExp;

  constructor(readonly text: string) {
    // Several in a row mean no more than one, and would make a mismatch slow to find.
    const source = RegExp.escape(text.replaceAll(/\*+/g, '*'))
      .replaceAll(String.raw`\*`, '.*')
      .replaceAll(String.raw`\?`, '.');
    this.expression = new RegExp(`^${source}$`, 's');
  }

  matches(name: string): boolean {
    return this.expression.test(name);
  }

  matchesAny(names: Iterable<string>): boolean {
    for (const name of names) if (this.matches(name)) return true;
    return false;
  }
}
