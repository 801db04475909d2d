import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { WantedKey } from '../../keeping/cluster-states.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import {
  type Aggregate,
  countedParts,
  MOVING,
  CLUSTER_STATES_ANNOTATION,
  CONFIRMED_REMOVAL_ANNOTATION,
  CONTENT_HASH_ANNOTATION,
  PARTS_ANNOTATION,
  STALE_CLUSTERS_ANNOTATION,
} from './aggregate.ts';
import { boundedList } from './bounded-list.ts';
import { byteOrder, haveRoomFor, PartDraft } from './part-draft.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../../kube/objects/secret-limit.ts';
import { type ForeignSize, NO_FOREIGN_SIZE } from './secret-size.ts';
import { planWrite, type WritePlan } from './write-plan.ts';

/** What a draft starts from. */
export interface DraftStart {
  readonly labels?: Readonly<Record<string, string>>;
  readonly held?: readonly ReadonlyMap<string, SourceContent>[];
  readonly order?: readonly number[];
}

/** A plan, and all that it was made from. */
interface Planned {
  readonly revision: number;
  readonly annotations: Aggregate['annotations'];
  readonly held: SecretSnapshot | undefined;
  readonly counted: boolean;
  readonly plan: WritePlan | undefined;
}

/**
 * What the aggregate should be, revised by what changed. What fits is in it; where a new content does not fit, the old one stays.
 * Contents that shrink go first and make room, then those that need the least. Does no I/O.
 *
 * It may be split over parts, a Secret each. A cluster stays in its part; a new one goes to the first with room, and so does one that no longer
 * fits where it is. The last part is emptied once the others take all of it with room to spare. A cluster that moves is in both parts until
 * the hub has it in the new one, so that no reader misses it.
 */
export class AggregateDraft {
  readonly parts: readonly PartDraft[];
  /** The part of each published cluster. */
  private readonly places = new Map<string, PartDraft>();
  /** Copies of clusters that moved, which go once the hub has the new one. */
  private leftovers: { readonly name: string; readonly part: PartDraft }[] = [];
  private readonly memory = new Map<string, string>();
  /** The newest contents of clusters for which there is no room. */
  private readonly waiting = new Map<string, SourceContent>();
  private usedConfirmation: string | undefined;
  /** Up to the last part in which the hub holds keys. */
  private heldParts = 0;
  private unusable: ReadonlySet<number> = new Set();
  private texts = new Map<PartDraft, Aggregate['annotations']>();
  /** The newest plan of each part: most changes leave most parts as they are. */
  private readonly planned = new Map<number, Planned>();

  private readonly labels: Readonly<Record<string, string>>;

  /**
   * @param start.labels that are ours, on every part
   * @param start.held what each part on the hub holds
   * @param start.order indices of the parts, the one that was written last at the end: of two copies of a cluster its one is newer
   */
  constructor({ labels = {}, held = [new Map()], order = [...held.keys()] }: DraftStart = {}) {
    this.labels = labels;
    this.parts = held.map(() => new PartDraft());
    for (const index of order) {
      const part = this.partAt(index);
      for (const [name, content] of held[index] ?? []) this.place(name, content, part);
    }
  }

  /** How many clusters it holds. */
  get keys(): number {
    return this.places.size;
  }

  /** Sum over the contents of all parts. */
  get bytes(): number {
    return this.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What etcd has to hold of all parts, see {@link PartDraft.stored}. Bytes. */
  get stored(): number {
    return this.parts.reduce((sum, { stored }) => sum + stored, 0);
  }

  /** Clusters whose newest content does not fit; their old one, if any, is published. Sorted. */
  get tooLarge(): string[] {
    return [...this.waiting.keys()].toSorted();
  }

  /** What it holds, by cluster. */
  get contents(): ReadonlyMap<string, SourceContent> {
    const contents = [...this.places].map(([name, part]) => [name, part.contents.get(name)] as const);
    return new Map(contents.filter((entry): entry is [string, SourceContent] => entry[1] !== undefined));
  }

  /** What it holds of a cluster. */
  contentOf(name: string): SourceContent | undefined {
    return this.places.get(name)?.contents.get(name);
  }

  /**
   * Takes what the clusters should have now.
   *
   * @param changes by cluster; undefined: no key
   * @param foreign what others have put on the Secret of each part; missing: nothing
   * @param usedConfirmation see `ClusterStates`
   * @param unusable parts that belong to somebody else
   */
  revise(
    changes: ReadonlyMap<string, WantedKey | undefined>,
    foreign: readonly ForeignSize[] = [],
    usedConfirmation?: string,
    unusable: ReadonlySet<number> = new Set(),
  ): void {
    this.unusable = unusable;
    for (const [index, part] of this.parts.entries()) part.foreign = foreign[index] ?? NO_FOREIGN_SIZE;
    this.usedConfirmation = usedConfirmation;
    this.texts.clear();
    for (const [name, key] of changes) this.take(name, key);
    const candidates = [...this.waiting]
      .map(([name, content]) => ({ name, content, growth: this.growth(name, content) }))
      .toSorted((a, b) => a.growth - b.growth || byteOrder(a.name, b.name));
    for (const { name, content } of candidates) {
      const part = this.roomFor(name, content);
      if (!part) continue;
      this.waiting.delete(name);
      this.place(name, content, part);
    }
    this.emptyLastPart();
  }

  /**
   * What is to be written so that the hub holds the aggregate: the parts that differ, one write each. While the hub does not count a part that
   * holds keys, only the first part is to be written: anyone who takes over the aggregate must know of all its keys.
   *
   * @param held what the hub holds of each part
   * @param unseen parts of which this is not known; they wait
   */
  plans(held: readonly (SecretSnapshot | undefined)[], unseen: ReadonlySet<number> = new Set()): WritePlan[] {
    this.dropLeftovers(held, unseen);
    this.noteHeld(held);
    const mustCount = this.usedParts > countedParts(held[0]);
    return this.parts
      .map((_part, index) => (mustCount && index > 0 ? undefined : this.planOf(index, held[index])))
      .filter((plan) => plan !== undefined)
      .filter(({ part }) => !unseen.has(part));
  }

  /** The same for one part alone. */
  planOf(index: number, held: SecretSnapshot | undefined): WritePlan | undefined {
    if (this.unusable.has(index)) return undefined;
    const { contents, revision } = this.partAt(index);
    const annotations = this.annotationsOf(index);
    const counted = this.keys > 0 && index < this.usedParts;
    const known = this.planned.get(index);
    const isStillTrue =
      known?.revision === revision &&
      known.held === held &&
      known.counted === counted &&
      isDeepStrictEqual(known.annotations, annotations);
    if (isStillTrue) return known.plan;
    const plan = planWrite({ part: index, contents, labels: this.labels, annotations }, held, counted);
    this.planned.set(index, { revision, annotations, held, counted, plan });
    return plan;
  }

  /** The annotations that are ours, of one part. */
  annotationsOf(index: number): Aggregate['annotations'] {
    const part = this.partAt(index);
    const known = this.texts.get(part);
    if (known) return known;
    const annotations = { ...this.annotate(part), ...(index === 0 && this.annotateAll()) };
    this.texts.set(part, annotations);
    return annotations;
  }

  private take(name: string, key: WantedKey | undefined): void {
    this.waiting.delete(name);
    if (key?.memory === undefined) this.memory.delete(name);
    else this.memory.set(name, key.memory);
    if (!key) this.remove(name);
    else if (this.contentOf(name)?.digest !== key.content.digest) this.waiting.set(name, key.content);
  }

  private growth(name: string, { bytes }: SourceContent): number {
    return bytes - (this.contentOf(name)?.bytes ?? 0);
  }

  /** Where it is, if it fits there; else the first part with room. */
  private roomFor(name: string, content: SourceContent): PartDraft | undefined {
    const home = this.places.get(name);
    return home?.fits(name, content) ? home : this.usable.find((part) => part.fits(name, content));
  }

  private place(name: string, content: SourceContent, part: PartDraft): void {
    const home = this.places.get(name);
    if (home && home !== part) {
      this.leftovers = this.leftovers.filter((copy) => copy.name !== name || copy.part !== part);
      this.leftovers.push({ name, part: home });
      this.texts.clear();
    }
    part.put(name, content);
    this.places.set(name, part);
  }

  private remove(name: string): void {
    for (const part of this.parts) part.drop(name);
    this.places.delete(name);
    this.leftovers = this.leftovers.filter((copy) => copy.name !== name);
  }

  private dropLeftovers(held: readonly (SecretSnapshot | undefined)[], unseen: ReadonlySet<number>): void {
    const isOnHub = (name: string) => {
      const home = this.places.get(name);
      const index = home ? this.parts.indexOf(home) : -1;
      return !unseen.has(index) && held[index]?.data.get(name) === home?.contents.get(name)?.encoded;
    };
    const done = this.leftovers.filter(({ name }) => isOnHub(name));
    if (done.length === 0) return;
    for (const { name, part } of done) part.drop(name);
    this.leftovers = this.leftovers.filter((copy) => !done.includes(copy));
    this.texts.clear();
  }

  /** So that parts are not needed forever. Only while nothing else moves, and only with room to spare, so that nothing moves back and forth. */
  private emptyLastPart(): void {
    const last = this.partAt(this.usedParts - 1);
    const others = this.usable.filter((part) => this.parts.indexOf(part) < this.usedParts - 1);
    // What waits for room needs it first, if any part could ever have enough.
    if ([...this.waiting.values()].some(({ bytes }) => bytes <= SECRET_LIMIT_BYTES)) return;
    if (this.leftovers.length > 0 || !haveRoomFor(last, others)) return;
    for (const [name, content] of last.contents) {
      const part = others.find((other) => other.fits(name, content, NEARLY_FULL));
      if (part) this.place(name, content, part);
    }
  }

  /** A part counts until the hub holds no keys in it any more. */
  private noteHeld(held: readonly (SecretSnapshot | undefined)[]): void {
    const holds = (secret: SecretSnapshot | undefined, index: number) =>
      secret !== undefined && secret.data.size > 0 && !this.unusable.has(index);
    const heldParts = held.findLastIndex(holds) + 1;
    if (heldParts !== this.heldParts) this.texts.clear();
    this.heldParts = heldParts;
  }

  private get usable(): readonly PartDraft[] {
    return this.parts.filter((_part, index) => !this.unusable.has(index));
  }

  /** Up to the last part that holds anything; the first one counts always. */
  get usedParts(): number {
    return Math.max(1, this.parts.findLastIndex(({ contents }) => contents.size > 0) + 1);
  }

  private annotate(part: PartDraft): Aggregate['annotations'] {
    const limit = part.listLimit;
    const names = new Set([...this.memory.keys(), ...this.waiting.keys()]);
    const stale = [...names].filter((name) => this.places.get(name) === part).toSorted();
    const memory = stale.map((name) => this.memory.get(name)).filter((text) => text !== undefined);
    return {
      [CONTENT_HASH_ANNOTATION]: part.hash,
      [STALE_CLUSTERS_ANNOTATION]: boundedList(stale, limit),
      [CLUSTER_STATES_ANNOTATION]: boundedList(memory, limit),
    };
  }

  private annotateAll(): Aggregate['annotations'] {
    const used = this.parts.slice(0, Math.max(this.usedParts, this.heldParts));
    const hash = createHash('sha256').update(used.map((part) => `${part.hash}\n`).join(''));
    // While a cluster is in two parts, nothing that is read counts as whole: one of its contents is the older.
    const whole = this.leftovers.length > 0 ? MOVING : hash.digest('hex');
    return {
      [PARTS_ANNOTATION]: `${used.length} ${whole}`,
      ...(this.usedConfirmation && { [CONFIRMED_REMOVAL_ANNOTATION]: this.usedConfirmation }),
    };
  }

  private partAt(index: number): PartDraft {
    const part = this.parts[index];
    if (!part) throw new RangeError(`there is no part ${index}`);
    return part;
  }
}
