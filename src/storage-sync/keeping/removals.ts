import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { PinoLogger } from 'nestjs-pino';
import { HeldRemovalChangedEvent } from './held-removal-changed.event.ts';
import { type Departures, type HeldRemoval, type KeyCounts, RemovalGuard } from './removal-guard.ts';

/**
 * Asks the guard which keys of clusters that left may go, once it is known which clusters have a key, and tells what is held. `gone` are
 * always the clusters that have a key and no entry any more.
 */
export class Removals {
  private readonly guard: RemovalGuard;
  private confirmation: string | undefined;
  private keysAreKnown = false;

  /** @param share see `RemovalGuard` */
  constructor(
    share: number,
    private readonly events: EventEmitter2,
    private readonly logger: PinoLogger,
  ) {
    this.guard = new RemovalGuard(share);
  }

  /** The removal that waits to be confirmed. */
  get held(): HeldRemoval | undefined {
    return this.guard.held;
  }

  /** What the aggregate should remember of how the last removal was confirmed. */
  get usedConfirmation(): string | undefined {
    return this.guard.usedConfirmation;
  }

  /** Takes what the aggregate remembers. Only the first time counts: afterwards we know more. */
  recall(held: Iterable<string>, usedConfirmation: string | undefined, gone: Departures): void {
    if (!this.keysAreKnown) this.guard.recall(held, usedConfirmation);
    this.keysAreKnown = true;
    this.guard.confirm(this.confirmation, gone);
  }

  /** Takes what a version of the registry confirms; undefined: nothing. */
  confirm(confirmation: string | undefined, gone: Departures): void {
    this.confirmation = confirmation;
    if (this.keysAreKnown) this.guard.confirm(confirmation, gone);
  }

  /**
   * Decides which of the keys may go now.
   *
   * @param keys how many clusters have a key, by registry
   */
  release(gone: Departures, keys: KeyCounts, now: { wall: Date; monotonicMs: number }): Set<string> {
    const before = this.guard.held;
    const released = this.guard.release(gone, keys, now);
    this.tell(before, this.guard.held);
    return released;
  }

  /** Forgets everything: another replica counts from here. */
  clear(): void {
    this.guard.clear();
    this.confirmation = undefined;
    this.keysAreKnown = false;
  }

  private tell(before: HeldRemoval | undefined, held: HeldRemoval | undefined): void {
    if (before?.digest === held?.digest) return;
    if (held) {
      const { clusters, digest } = held;
      this.logger.error({ clusters, digest }, 'removal of clusters is held, their keys are kept');
    } else this.logger.info({ clusters: before?.clusters }, 'removal of clusters is no longer held');
    this.events.emit(HeldRemovalChangedEvent.eventName, new HeldRemovalChangedEvent());
  }
}
