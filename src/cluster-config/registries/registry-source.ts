import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';

/** An entry as a registry has it, not judged yet. */
export interface RegistryEntry {
  /** What the registry calls the cluster: free text. The core makes the name of a key of it. */
  readonly name: string;
  /**
   * All that the judgement depends on. Where it is the same text as before nothing has changed, and it is not judged again. It is
   * taken for a secret: never logged or shown.
   */
  readonly content: string;
  /** The object that has it, for people: `Secret argocd/east`. Absent where the registry is one object. */
  readonly origin?: string;
}

/** What a registry holds at one moment. */
export interface RegistrySnapshot {
  /** Undefined: what it is kept in does not exist. */
  readonly entries: Iterable<RegistryEntry> | undefined;
  /** What somebody wrote to confirm a removal of clusters: {@link CONFIRM_REMOVAL_ANNOTATION}. */
  readonly confirmation?: string | undefined;
  /** Absent where nothing limits it. */
  readonly size?: RegistrySize | undefined;
}

/** How much a registry holds, and the most that it can hold. */
export interface RegistrySize {
  readonly bytes: number;
  readonly limitBytes: number;
}

/** Annotation of the registry that confirms a removal of clusters. Its value is the digest that the status shows. */
export const CONFIRM_REMOVAL_ANNOTATION = 'multi-cluster-config-exporter/confirm-removal';

/**
 * A registry: names clusters and says how to reach them. A provider that extends it takes part; the order of the registries is that of the
 * configuration, the core's own first.
 *
 * It only reads, on every replica, and knows nothing of clients, states and keys: the core compares what it tells with what it told
 * before, has new contents judged, and decides what becomes of the keys of clusters that are named no more. A registry that cannot be
 * read tells nothing, and so keeps its clusters. Where what it throws, or does not answer, concerns all of it, that is a problem with
 * the name of its extension; where `judge` throws, the entry is refused.
 */
export abstract class RegistrySource {
  /** Lower-case words with `-` between them; in status, messages and metrics. No two registries have the same. */
  abstract readonly name: string;

  /** What it reads, for people: `Secret storage/multi-k8s-config`. */
  abstract readonly where: string;

  /** How reading it goes. `connected`: what changes is told at once. `failure`: why it is not. Without I/O. */
  abstract get watch(): Readonly<WatchStatus>;

  /**
   * Starts reading. Called once the application is ready, and not again before {@link stop}.
   *
   * @param observer to be told what the registry holds as a whole: once it was seen, and after every change. Telling the same twice
   *   does no harm. Never throws
   */
  abstract start(observer: (snapshot: RegistrySnapshot) => void): void;

  /** Stops; the observer is not called after it resolves. Can be called at any time. */
  abstract stop(): Promise<void>;

  /**
   * Looks at once instead of waiting for a change, and tells the observer. Never rejects.
   *
   * @returns whether there was an answer
   */
  abstract refresh(): Promise<boolean>;

  /**
   * Judges one entry. Pure: what it needs is in the entry's content. The text may be of anybody who can write the registry: `checkEntry`,
   * `checkKubeconfig`, or `takeFields` with a table of the format and `buildEndpoint`, within `verdictOf`, let no field past that is not
   * listed. What it throws refuses the entry.
   */
  abstract judge(entry: RegistryEntry, policy: EntryPolicy): EntryVerdict;
}
