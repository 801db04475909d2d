import type { FaultRig } from '../faults/fault-rig.ts';
import { valueOf } from '../faults/fault-rig.ts';

/** What we know of one cluster, apart from the exporter. */
export interface ModelCluster {
  name: string;
  /** Of the newest content of its source. */
  revision: number;
  /** Whether the registry holds a good entry for it. */
  entered: boolean;
  /** Whether its key may go for a while: its entry was removed, or somebody laid hands on the aggregate. */
  mayGo: boolean;
}

/** A promise was broken. */
export class Violation extends Error {}

/**
 * What the aggregate must be. It looks at every state that the hub ever held, as it comes:
 *
 * - a key goes only if it may,
 * - a key holds only what its own source held at some time, and never goes back to an earlier revision.
 */
export class SoakModel {
  readonly clusters: ReadonlyMap<string, ModelCluster>;
  private readonly rig: FaultRig;
  /** Values that we wrote into the aggregate ourselves, to see them go. */
  private readonly handEdits = new Set<string>();
  private readonly seen = new Map<string, number>();
  /** What makes a content large. */
  private readonly padding: string;
  private checked = 0;

  constructor(rig: FaultRig, names: readonly string[], contentBytes = 0) {
    this.rig = rig;
    this.padding = ' '.repeat(contentBytes);
    this.clusters = new Map(names.map((name) => [name, { name, revision: 1, entered: true, mayGo: false }]));
  }

  /** What a source holds at its newest revision. */
  textOf({ name, revision }: ModelCluster): string {
    return `${name} ${revision}${this.padding}`;
  }

  /** Announces a value that somebody writes into the aggregate by hand. */
  expectHandEdit(value: string): void {
    this.handEdits.add(value);
  }

  /** Looks at the states since the last look. @throws Violation */
  check(): void {
    for (; this.checked < this.rig.history.length; this.checked++) {
      this.checkState(this.rig.history[this.checked - 1], this.rig.history[this.checked]);
    }
  }

  /** To be called when all is mended: what the aggregate must hold then, exactly. */
  settled(): Map<string, string> {
    return new Map(
      [...this.clusters.values()].map((cluster) => [cluster.name, valueOf(this.textOf(cluster))]),
    );
  }

  /** To be called once the aggregate holds what {@link settled} says. */
  rest(): void {
    for (const cluster of this.clusters.values()) cluster.mayGo = false;
  }

  private checkState(
    before: ReadonlyMap<string, string> | undefined,
    after: ReadonlyMap<string, string> | undefined,
  ): void {
    for (const [name, cluster] of this.clusters) {
      const value = after?.get(name);
      if (value === undefined) {
        if (before?.has(name) && !cluster.mayGo) throw new Violation(`the key of ${name} was lost`);
      } else if (value !== before?.get(name) && !this.handEdits.has(value)) {
        this.checkValue(cluster, value);
      }
    }
  }

  private checkValue(cluster: ModelCluster, value: string): void {
    const { name } = cluster;
    const revision = revisionIn(value);
    if (!(revision <= cluster.revision && value === valueOf(this.textOf({ ...cluster, revision }))))
      throw new Violation(`the key of ${name} holds what its source never held`);
    if (revision < (this.seen.get(name) ?? 0))
      throw new Violation(`the key of ${name} went back to an old revision`);
    this.seen.set(name, revision);
  }
}

/** NaN: there is none. */
function revisionIn(value: string): number {
  const [, encoded = ''] = /^\{"opensearch":"([^"]*)"\}$/.exec(value) ?? [];
  return Number(Buffer.from(encoded, 'base64').toString('utf8').trimEnd().split(' ')[1]);
}
