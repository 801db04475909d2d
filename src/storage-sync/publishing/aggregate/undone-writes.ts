import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { PinoLogger } from 'nestjs-pino';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { AggregateUndoneEvent } from '../publishing.events.ts';
import { Rivalry } from '../rivalry.ts';
import type { PartOnHub } from './part-on-hub.ts';
import { holdsTheSame, NOT_UNDONE, type Undoing, undoingOf } from './undoing.ts';

/** Remembers what the hub held as it should, and notices when somebody undoes that. */
export class UndoneWrites {
  private readonly rivalry = new Rivalry();
  /** Missing: never since the start, or since the aggregate was left alone. */
  private readonly confirmed = new Map<PartOnHub, SecretSnapshot>();
  private newest: Undoing = NOT_UNDONE;

  constructor(
    private readonly events: EventEmitter2,
    private readonly logger: PinoLogger,
  ) {}

  /** The last of them. */
  get last(): Undoing {
    return this.newest;
  }

  /** When the next write may be, see `Rivalry`. */
  get notBeforeMs(): number {
    return this.rivalry.notBeforeMs;
  }

  /** Until when there is a rival, see `Rivalry`. */
  get contestedUntilMs(): number {
    return this.rivalry.untilMs;
  }

  /** The hub holds of this part what it should, as far as we know. */
  confirm(part: PartOnHub): void {
    if (part.secret) this.confirmed.set(part, part.secret);
    else this.confirmed.delete(part);
  }

  /**
   * Looks at what the hub turned out to hold.
   *
   * @param isWanted whether it is what we would write by now
   */
  compare(part: PartOnHub, isWanted: boolean): void {
    const confirmed = this.confirmed.get(part);
    if (!confirmed || isWanted || holdsTheSame(part.secret, confirmed)) return;
    // It counts once.
    this.confirmed.delete(part);
    this.newest = undoingOf(part.secret, confirmed);
    this.rivalry.noteUndone(performance.now());
    this.events.emit(AggregateUndoneEvent.eventName, new AggregateUndoneEvent());
    this.logger.warn({ secret: part.ref, ...this.newest }, 'aggregate was changed by somebody else');
  }

  /** The aggregate is left alone: what happens to it meanwhile undoes nothing. */
  forget(): void {
    this.confirmed.clear();
  }

  /** Forgets everything: another replica continues, or did so since. */
  clear(): void {
    this.forget();
    this.rivalry.clear();
  }
}
