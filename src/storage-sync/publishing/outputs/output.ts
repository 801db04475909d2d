import type { SourceData } from '../../keeping/source-data.ts';

/** What the aggregate holds of one cluster. */
export interface PublishedContent {
  readonly cluster: string;
  /** SHA-256 of the key's value, in hex: the same where the content is the same. */
  readonly digest: string;
  /** Decoded when it is asked for. */
  readonly data: SourceData;
}

/** A kind of object that an output makes, and where. */
export interface OutputKind {
  /** `v1`, or group and version. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Where its objects may be. */
  readonly namespaces: readonly string[];
}

/** What becomes of an object that is not ours. `leave`: it stays as it is, and does for the one that is wanted. */
export type ForExisting = 'refuse' | 'adopt' | 'leave';

/** An object as an output wants it to be. Fields that it does not name are those of others. */
export interface WantedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Beside those that the core adds. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * `keep`: as it is, if it is there: it is neither written nor deleted, since what it should be is not known now. `absent`: not there; one that
   * is not ours goes if it is to be adopted. Neither has fields. By default it is applied.
   */
  readonly wish?: 'keep' | 'absent';
  /** All fields but `apiVersion`, `kind` and `metadata`: `{ data: … }`, `{ spec: … }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * What becomes of an object of this name that is not ours; refused by default, and told as a problem. A function is given the object as the
   * hub holds it. What is left is looked at again from time to time.
   */
  readonly existing?: ForExisting | ((found: Readonly<Record<string, unknown>>) => ForExisting);
  /** True: where the hub refuses a change since a field is immutable, it is deleted and created again. */
  readonly replaceable?: boolean;
}

/**
 * Objects on the hub, other than the aggregate, that follow from what it holds. A provider that extends it takes part.
 *
 * The core does all the rest, while this replica leads and once the aggregate is published: it applies the objects by server-side apply, with
 * the field manager `multi-cluster-config-exporter-<name>`, labels them, restores what others change, deletes what it labelled and is wanted
 * no more, within a budget, and tells how that goes. Anyone who takes the label off an object has it for their own. An object of a cluster goes with the cluster's key, and never because a reading failed.
 * Needs `get`, `list`, `watch`, `create`, `patch` and `delete` on its kinds in their namespaces.
 */
export abstract class Output {
  private listener: () => void = () => undefined;

  /** Lower-case words with `-` between them; in labels, status and metrics. No two outputs have the same. */
  abstract readonly name: string;

  /** What it makes, and where; the same at all times. */
  abstract readonly kinds: readonly OutputKind[];

  /**
   * All objects that there should be. Pure but for what it knows by itself. Where it throws, or wants an object that is none of its kinds,
   * or two of one name, or more than
   * 100,000, nothing is changed.
   *
   * @param contents what the aggregate holds, by cluster
   */
  abstract objects(contents: ReadonlyMap<string, PublishedContent>): Iterable<WantedObject>;

  /**
   * Told which of the objects exist as they are wanted, whenever that may have changed. Does nothing by default.
   *
   * @param keys `Kind/namespace/name`
   * @param left those of them that are somebody else's, and were left
   */
  applied(keys: ReadonlySet<string>, left: ReadonlySet<string>): void {
    void keys;
    void left;
  }

  /** For the core: what {@link reconsider} calls. */
  listen(listener: () => void): void {
    this.listener = listener;
  }

  /** To be called when {@link objects} would give others than it last did, though the aggregate holds the same. */
  protected reconsider(): void {
    this.listener();
  }
}
