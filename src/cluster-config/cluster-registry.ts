import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Settings } from '../base/config/settings.ts';
import { ExtensionFaults } from '../base/extending/extension-faults.ts';
import { Ports } from '../base/extending/ports.ts';
import { ClusterConfigChangedEvent } from './cluster-config-changed.event.ts';
import { Clusters } from './clusters.ts';
import { Registry } from './registries/registry.ts';
import { compareEntries, mergeEntries, type OwnedEntry } from './registries/registry-diff.ts';
import { RegistryNameTakenError } from './registries/registry-name-taken.error.ts';
import { RegistrySource } from './registries/registry-source.ts';
import type { RegistryView, ShadowedEntry } from './registries/registry-view.ts';
import { SecretRegistry } from './registries/secret-registry.ts';

/** How long the first registry that was seen waits for the others. Milliseconds. */
const WAIT_FOR_OTHERS_MS = 5_000;

/** How many registries answered when they were looked at. */
export type Answered = 'all' | 'some' | 'none';

/**
 * Knows the clusters: what all registries name, taken together. A change takes three steps: it is compared with what was known, what is
 * new is judged, and what comes of that is applied to the {@link Clusters}. Emits {@link ClusterConfigChangedEvent}.
 */
@Injectable()
export class ClusterRegistry implements OnApplicationBootstrap, OnModuleDestroy {
  /** The registries as they were last seen. */
  readonly view: RegistryView;
  private registries: [Registry, ...Registry[]];
  private readonly clusters: Clusters;
  private known: ReadonlyMap<string, OwnedEntry<Registry>> = new Map();
  private confirmation: string | undefined;
  private watching: Promise<void> | undefined;
  private readonly seen = Promise.withResolvers<void>();
  private waiting: Promise<void> | undefined;
  private refreshing: Promise<Answered> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly settings: Settings,
    secretRegistry: SecretRegistry,
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
    private readonly events: EventEmitter2,
    private readonly eventsReady: EventEmitterReadinessWatcher,
    @InjectPinoLogger(ClusterRegistry.name) private readonly logger: PinoLogger,
  ) {
    this.clusters = new Clusters(settings.readTimeoutMs, logger);
    this.registries = [new Registry(secretRegistry, faults)];
    this.view = this.viewOf(this.clusters);
  }

  /** @throws RegistryNameTakenError */
  onApplicationBootstrap(): void {
    const others = this.ports.all(RegistrySource);
    this.registries = [
      ...this.registries,
      ...others.map(({ instance, extension }) => new Registry(instance, this.faults, extension)),
    ];
    const names = this.registries.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new RegistryNameTakenError(twice);
    this.watching = this.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.registries.map((registry) => registry.stop()));
    await this.clusters.close();
  }

  /**
   * Resolves once every registry was seen, or found not to exist; or some time after the first was: one that cannot be read keeps the
   * others waiting no longer.
   */
  async whenSeen(): Promise<void> {
    await this.seen.promise;
  }

  /** Looks at the registries at once instead of waiting for news. Requests while one is under way share it. Never rejects. */
  async refresh(): Promise<Answered> {
    await this.watching;
    this.refreshing ??= this.lookAtAll().finally(() => {
      this.refreshing = undefined;
    });
    return await this.refreshing;
  }

  private async start(): Promise<void> {
    await this.eventsReady.waitUntilReady();
    for (const registry of this.registries) registry.start(() => this.follow());
  }

  private viewOf({ accepted, rejected }: Clusters): RegistryView {
    const registries = () => this.registries;
    const confirmation = () => this.confirmation;
    return {
      get registries(): RegistryView['registries'] {
        const [first, ...others] = registries();
        return [first.status, ...others.map(({ status }) => status)];
      },
      clusters: accepted,
      rejected,
      get usable() {
        return registries().some(({ state }) => state === 'present');
      },
      get confirmation() {
        return confirmation();
      },
      isGoneFrom: (name) =>
        registries()
          .filter((registry) => name === undefined || registry.name === name)
          .every(({ state }) => state === 'present'),
    };
  }

  private async lookAtAll(): Promise<Answered> {
    const answers = await Promise.all(this.registries.map((registry) => registry.refresh()));
    if (answers.every(Boolean)) return 'all';
    return answers.some(Boolean) ? 'some' : 'none';
  }

  /** A registry tells what it holds. */
  private follow(): void {
    const { entries, shadowed } = mergeEntries(this.registries);
    const { fresh, gone } = compareEntries(this.known, entries);
    const before = this.known;
    this.known = entries;
    for (const name of gone) this.clusters.drop(name);
    const [added, changed, rejected]: string[][] = [[], [], []];
    for (const name of fresh) {
      const owned = entries.get(name);
      if (!owned) continue;
      const verdict = owned.registry.judge(owned, this.settings);
      this.clusters.put(name, owned, verdict);
      if ('refused' in verdict) rejected?.push(name);
      else if (before.has(name)) changed?.push(name);
      else added?.push(name);
    }
    const settled = this.settle(shadowed);
    this.tell(new ClusterConfigChangedEvent(added ?? [], changed ?? [], gone, rejected ?? []), settled);
  }

  /** @returns whether anything but the entries is other than before */
  private settle(shadowed: ReadonlyMap<Registry, ReadonlyMap<string, Registry>>): boolean {
    const rejections = new Map<string, number>();
    for (const { registry } of this.clusters.rejected.values())
      rejections.set(registry, (rejections.get(registry) ?? 0) + 1);
    let changed = false;
    for (const registry of this.registries) {
      const { name } = registry;
      const shadows = shadowedEntries(registry, shadowed.get(registry));
      if (!registry.settle({ rejected: rejections.get(name) ?? 0, shadowed: shadows })) continue;
      changed = true;
      const { state, where } = registry.status;
      if (state === 'present') continue;
      this.logger.warn(
        { registry: name, where, state },
        'registry names no usable cluster, the keys of its clusters are left as they are',
      );
    }
    const confirmation = this.registries.find((each) => each.confirmation !== undefined)?.confirmation;
    changed ||= confirmation !== this.confirmation;
    this.confirmation = confirmation;
    return changed;
  }

  private tell(event: ClusterConfigChangedEvent, settled: boolean): void {
    this.noteSeen();
    const { added, changed, removed, rejected } = event;
    if (!settled && [added, changed, removed, rejected].every(({ length }) => length === 0)) return;
    this.logger.info(
      { added, changed, removed, rejected, clusters: this.clusters.accepted.size },
      'cluster configuration changed',
    );
    this.events.emit(ClusterConfigChangedEvent.eventName, event);
  }

  private noteSeen(): void {
    if (this.registries.every(({ isSeen }) => isSeen)) this.seen.resolve();
    else
      this.waiting ??= delay(WAIT_FOR_OTHERS_MS, undefined, { signal: this.stopping.signal }).then(
        () => this.seen.resolve(),
        () => undefined,
      );
  }
}

function shadowedEntries(
  { entries }: Registry,
  owners: ReadonlyMap<string, Registry> = new Map(),
): ShadowedEntry[] {
  return [...owners].map(([cluster, { name: by }]) => ({
    cluster,
    by,
    origin: entries.get(cluster)?.entry.origin,
  }));
}
