import { createHash } from 'node:crypto';
import type { WantedKey } from '../../keeping/cluster-states.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import {
  type Aggregate,
  CLUSTER_STATES_ANNOTATION,
  CONFIRMED_REMOVAL_ANNOTATION,
  CONTENT_HASH_ANNOTATION,
  STALE_CLUSTERS_ANNOTATION,
} from './aggregate.ts';
import { boundedList } from './bounded-list.ts';
import {
  type ForeignSize,
  listLimit,
  NO_FOREIGN_SIZE,
  SECRET_LIMIT_BYTES,
  STORED_LIMIT_BYTES,
  storedBytes,
} from './secret-size.ts';

/**
 * What the aggregate should be, revised by what changed. What fits is in it; where a new content does not fit, the old one stays.
 * Contents that shrink go first and make room, then those that need the least. Does no I/O.
 */
export class AggregateDraft implements Aggregate {
  private readonly published: Map<string, SourceContent>;
  private readonly memory = new Map<string, string>();
  /** The newest contents of clusters for which there is no room. */
  private readonly waiting = new Map<string, SourceContent>();
  private foreign: ForeignSize = NO_FOREIGN_SIZE;
  private usedConfirmation: string | undefined;
  private valueBytes = 0;
  private storedDataBytes = 0;
  private texts: Aggregate['annotations'] | undefined;
  /** Of `published`, as long as no name comes or goes: sorting is most of what a hash costs. */
  private sortedNames: readonly string[] | undefined;

  /** @param published what the aggregate on the hub holds */
  constructor(published: ReadonlyMap<string, SourceContent> = new Map()) {
    this.published = new Map();
    for (const [name, content] of published) this.put(name, content);
  }

  get contents(): ReadonlyMap<string, SourceContent> {
    return this.published;
  }

  /** Sum over the contents. These count against the limit of a Secret. */
  get bytes(): number {
    return this.valueBytes;
  }

  /** What etcd has to hold, annotations of ours not included: they take what is left. Bytes. */
  get stored(): number {
    return this.storedDataBytes + this.foreign.annotations + this.foreign.labels;
  }

  /** Clusters whose newest content does not fit; their old one, if any, is in `contents`. Sorted. */
  get tooLarge(): string[] {
    return [...this.waiting.keys()].toSorted();
  }

  /** Clusters whose key may be older than their source. Sorted. */
  get stale(): string[] {
    const names = new Set([...this.memory.keys(), ...this.waiting.keys()]);
    return [...names].filter((name) => this.published.has(name)).toSorted();
  }

  get annotations(): Aggregate['annotations'] {
    this.texts ??= this.annotate();
    return this.texts;
  }

  /**
   * Takes what the clusters should have now.
   *
   * @param changes by cluster; undefined: no key
   * @param foreign what others have put on the Secret
   * @param usedConfirmation see `ClusterStates`
   */
  revise(
    changes: ReadonlyMap<string, WantedKey | undefined>,
    foreign: ForeignSize,
    usedConfirmation?: string,
  ): void {
    this.foreign = foreign;
    this.usedConfirmation = usedConfirmation;
    this.texts = undefined;
    for (const [name, key] of changes) this.take(name, key);
    const candidates = [...this.waiting]
      .map(([name, content]) => ({ name, content, growth: this.growth(name, content) }))
      .toSorted((a, b) => a.growth - b.growth || byName(a.name, b.name));
    for (const { name, content } of candidates) {
      if (!this.fits(name, content)) continue;
      this.waiting.delete(name);
      this.put(name, content);
    }
  }

  private take(name: string, key: WantedKey | undefined): void {
    this.waiting.delete(name);
    if (key?.memory === undefined) this.memory.delete(name);
    else this.memory.set(name, key.memory);
    if (!key) this.drop(name);
    else if (this.published.get(name)?.digest !== key.content.digest) this.waiting.set(name, key.content);
  }

  private growth(name: string, { bytes }: SourceContent): number {
    return bytes - (this.published.get(name)?.bytes ?? 0);
  }

  private fits(name: string, content: SourceContent): boolean {
    const growth = this.growth(name, content);
    const storedGrowth = growth + (this.published.has(name) ? 0 : storedBytes(name, 0));
    return (
      (growth <= 0 || this.valueBytes + growth <= SECRET_LIMIT_BYTES) &&
      (storedGrowth <= 0 || this.stored + storedGrowth <= STORED_LIMIT_BYTES)
    );
  }

  private put(name: string, content: SourceContent): void {
    const old = this.published.get(name);
    if (old) this.subtract(name, old);
    else this.sortedNames = undefined;
    this.published.set(name, content);
    this.valueBytes += content.bytes;
    this.storedDataBytes += storedBytes(name, content.bytes);
  }

  private drop(name: string): void {
    const content = this.published.get(name);
    if (!content) return;
    this.published.delete(name);
    this.sortedNames = undefined;
    this.subtract(name, content);
  }

  private subtract(name: string, { bytes }: SourceContent): void {
    this.valueBytes -= bytes;
    this.storedDataBytes -= storedBytes(name, bytes);
  }

  private hash(): string {
    this.sortedNames ??= [...this.published.keys()].toSorted(byName);
    let lines = '';
    for (const name of this.sortedNames) lines += `${name} ${this.published.get(name)?.digest}\n`;
    return createHash('sha256').update(lines).digest('hex');
  }

  private annotate(): Aggregate['annotations'] {
    const { stale } = this;
    const limit = listLimit(this.storedDataBytes, this.foreign);
    const memory = stale.map((name) => this.memory.get(name)).filter((text) => text !== undefined);
    return {
      [CONTENT_HASH_ANNOTATION]: this.hash(),
      [STALE_CLUSTERS_ANNOTATION]: boundedList(stale, limit),
      [CLUSTER_STATES_ANNOTATION]: boundedList(memory, limit),
      ...(this.usedConfirmation && { [CONFIRMED_REMOVAL_ANNOTATION]: this.usedConfirmation }),
    };
  }
}

/** Names are ASCII, so this is the order of their bytes. */
function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
