import {
  type ClusterRegistry,
  Output,
  type OutputKind,
  type PublishedContent,
  type WantedObject,
} from '../../../index.ts';
import { type Component, COMPONENTS } from './components.ts';
import { proxiesNamedIn, type Target } from './lens-content.ts';
import type { NodeAddresses } from './node-addresses.ts';
import {
  absentEndpoints,
  keptService,
  keptSlices,
  keyOf,
  proxyKinds,
  proxyService,
  proxySlices,
} from './proxy-objects.ts';

/**
 * A Service with its EndpointSlices for each component of each cluster. They follow from the sources, not from what is published: a content is
 * published once its proxies are there. They go when neither the source nor the published content needs them.
 */
export class ProxiesOutput extends Output {
  override readonly name = 'lens-proxies';
  override readonly kinds: readonly OutputKind[];
  private readonly targets = new Map<string, readonly Target[]>();
  /** What the core was last asked to apply, and what of that is there: specifications by key of the object. */
  private offered = new Map<string, string>();
  private present = new Map<string, string>();
  /** Services of somebody else that serve as well. */
  private left: ReadonlySet<string> = new Set();
  private readonly named = new WeakMap<PublishedContent, readonly Component[]>();
  private progressed: () => void = () => undefined;

  constructor(
    private readonly namespace: string,
    private readonly nodes: NodeAddresses,
    private readonly registry: Pick<ClusterRegistry, 'view'>,
  ) {
    super();
    this.kinds = proxyKinds(namespace);
    nodes.onChange(() => {
      this.reconsider();
      this.progressed();
    });
  }

  /** @param listener called when more proxies may be there; must not throw */
  onProgress(listener: () => void): void {
    this.progressed = listener;
  }

  /** Says which proxies the newest content of a cluster needs. */
  plan(cluster: string, targets: readonly Target[]): void {
    const same = JSON.stringify(this.targets.get(cluster)) === JSON.stringify(targets);
    this.targets.set(cluster, targets);
    if (!same) this.reconsider();
  }

  /** Whether all proxies that were planned for a cluster are there as they should be. */
  isReady(cluster: string): boolean {
    return (this.targets.get(cluster) ?? []).every((target) => {
      const service = proxyService(this.proxy(cluster, target.component), target);
      if (this.present.get(keyOf(service)) !== specOf(service)) return false;
      if (this.left.has(keyOf(service))) return true;
      const slices = this.slices(cluster, target);
      return slices.length > 0 && slices.every((slice) => this.isPresent(slice));
    });
  }

  /** Forgets everything: another replica continues. */
  clear(): void {
    this.targets.clear();
    this.offered.clear();
    this.present.clear();
    this.left = new Set();
  }

  override objects(contents: ReadonlyMap<string, PublishedContent>): WantedObject[] {
    this.forgetGone(contents);
    const { clusters: accepted, rejected } = this.registry.view;
    const clusters = new Set([
      ...this.targets.keys(),
      ...contents.keys(),
      ...accepted.keys(),
      ...rejected.keys(),
    ]);
    const objects = [...clusters]
      .toSorted()
      .flatMap((cluster) => this.objectsOf(cluster, contents.get(cluster)));
    this.offered = new Map(objects.map((object) => [keyOf(object), specOf(object)]));
    return objects;
  }

  override applied(keys: ReadonlySet<string>, left: ReadonlySet<string>): void {
    const present = new Map([...keys].map((key) => [key, this.offered.get(key) ?? '']));
    const changed = !isSame(present, this.present) || left.symmetricDifference(this.left).size > 0;
    this.present = present;
    this.left = left;
    if (!changed) return;
    // What comes next may be wanted now: slices after Services, and no Endpoints after slices.
    this.reconsider();
    this.progressed();
  }

  private objectsOf(cluster: string, content: PublishedContent | undefined): WantedObject[] {
    const named = content ? this.namedIn(content) : [];
    const known = this.targets.get(cluster);
    const targets = known ?? [];
    return COMPONENTS.flatMap((component) => {
      const proxy = this.proxy(cluster, component);
      const target = targets.find((each) => each.component === component);
      const slices = target ? this.slices(cluster, target) : [];
      const kept = [keptService(proxy), ...keptSlices(proxy)];
      // Without a source or an address that is known, what readers use stays as it is, and all of it before the source was read.
      if (!target || slices.length === 0) return !known || named.includes(component) ? kept : [];
      const service = proxyService(proxy, target);
      if (this.left.has(keyOf(service))) return [service];
      if (!this.present.has(keyOf(service))) return [service, ...keptSlices(proxy)];
      const settled = slices.every((slice) => this.isPresent(slice));
      return [service, ...slices, ...(settled ? [absentEndpoints(proxy)] : [])];
    });
  }

  /** Neither a registry nor the aggregate names them any more. */
  private forgetGone(contents: ReadonlyMap<string, PublishedContent>): void {
    for (const cluster of this.targets.keys()) {
      if (contents.has(cluster) || this.registry.view.clusters.has(cluster)) continue;
      this.targets.delete(cluster);
      this.nodes.forget(cluster);
    }
  }

  private slices(cluster: string, target: Target): WantedObject[] {
    return proxySlices(this.proxy(cluster, target.component), target, this.nodes.of(cluster).addresses);
  }

  private proxy(cluster: string, component: Component) {
    return { cluster, component, namespace: this.namespace };
  }

  private isPresent(object: WantedObject): boolean {
    return this.present.get(keyOf(object)) === specOf(object);
  }

  private namedIn(content: PublishedContent): readonly Component[] {
    const known = this.named.get(content) ?? proxiesNamedIn(content);
    this.named.set(content, known);
    return known;
  }
}

function specOf({ wish, fields }: WantedObject): string {
  return wish ?? JSON.stringify(fields);
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
