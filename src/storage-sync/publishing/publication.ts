import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { explanationOf, ExporterError } from '../../base/errors/exporter.error.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import type { AggregateDraft } from './aggregate/draft.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../kube/objects/secret-limit.ts';
import { STORED_LIMIT_BYTES } from './aggregate/secret-size.ts';
import type { PublicationState, PublicationStatus } from './publication-status.ts';
import type { Undoing } from './aggregate/undoing.ts';
import { PublicationChangedEvent } from './publishing.events.ts';

/** Reports how publishing goes: in the status, in the log once for every change, and as {@link PublicationChangedEvent}. */
@Injectable()
export class Publication {
  private current = waiting();

  constructor(
    private readonly refs: ObjectRefs,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(Publication.name) private readonly logger: PinoLogger,
  ) {}

  get status(): Readonly<PublicationStatus> {
    return this.current;
  }

  /** Nothing is known: this replica does not publish. */
  reset(): void {
    this.current = waiting();
  }

  /** The registry names no usable cluster. */
  paused(): void {
    this.update('paused');
  }

  /** How large it is, and what does not fit. */
  sized({ keys, bytes, stored, tooLarge, parts }: AggregateDraft): void {
    const { nearlyFullSince, ...rest } = this.current;
    const { aggregateParts } = this.refs;
    const limitBytes = parts.length * SECRET_LIMIT_BYTES;
    const storedLimitBytes = parts.length * STORED_LIMIT_BYTES;
    const nearlyFull = bytes > NEARLY_FULL * limitBytes || stored > NEARLY_FULL * storedLimitBytes;
    this.current = {
      ...rest,
      keys,
      bytes,
      limitBytes,
      storedBytes: stored,
      storedLimitBytes,
      ...(aggregateParts.length > 1 && {
        parts: aggregateParts.flatMap((secret, index) => {
          const part = parts[index];
          return part
            ? [{ secret, keys: part.contents.size, bytes: part.bytes, storedBytes: part.stored }]
            : [];
        }),
      }),
      ...(nearlyFull && { nearlyFullSince: nearlyFullSince ?? new Date() }),
    };
    if (nearlyFull && !nearlyFullSince) {
      this.logger.warn(
        { bytes, limitBytes, storedBytes: stored, storedLimitBytes },
        'aggregate nears the size limit of a Secret',
      );
    }
    this.noteTooLarge(tooLarge);
  }

  /** The hub holds what it should. */
  published(wrote: boolean): void {
    if (this.current.state === 'failing')
      this.logger.info({ secret: this.refs.aggregate }, 'publishing works again');
    if (wrote) this.current.lastWrite = new Date();
    this.update('published');
  }

  /**
   * Somebody else undoes our writes.
   *
   * @param undoing the last of them
   */
  contested({ deleted, manager }: Undoing): void {
    const who = manager === undefined ? 'Somebody' : `The field manager ${manager}`;
    const message = deleted
      ? 'Somebody deletes the aggregate repeatedly.'
      : `${who} writes the aggregate, too, and undoes what the exporter writes.`;
    const remedy =
      'Stop it, or give one of both another Secret; if it is a second exporter, turn on leader election.';
    if (this.current.state !== 'contested')
      this.logger.error(
        { secret: this.refs.aggregate, deleted, manager },
        'aggregate is contested, it is restored less often',
      );
    this.update('contested', { message, remedy });
  }

  /** It could not be written, and will be tried again. */
  failed(error: unknown): void {
    const log = { secret: this.refs.aggregate, err: error };
    const lasting = error instanceof ExporterError && error.lasting;
    if (this.current.state === 'failing') this.logger.debug(log, 'publishing still fails, will retry');
    else if (lasting) this.logger.error(log, 'aggregate cannot be written');
    else this.logger.warn(log, 'publishing failed, will retry');
    this.update('failing', {
      ...explanationOf(error, 'Publishing failed unexpectedly.'),
      ...(lasting && { lasting }),
    });
  }

  private noteTooLarge(tooLarge: readonly string[]): void {
    const known = new Map(this.current.tooLarge.map(({ cluster, since }) => [cluster, since]));
    const { bytes, limitBytes, storedBytes, storedLimitBytes } = this.current;
    for (const cluster of tooLarge.filter((name) => !known.has(name))) {
      this.logger.error(
        { cluster, reason: 'too_large', bytes, limitBytes, storedBytes, storedLimitBytes },
        'content does not fit into the aggregate, its published key is kept',
      );
    }
    this.current.tooLarge = tooLarge.map((cluster) => ({ cluster, since: known.get(cluster) ?? new Date() }));
    if (tooLarge.length !== known.size || tooLarge.some((name) => !known.has(name))) this.tell();
  }

  private update(
    state: PublicationState,
    trouble: Pick<PublicationStatus, 'message' | 'remedy' | 'lasting'> = {},
  ): void {
    const { message: _message, remedy: _remedy, lasting: _lasting, ...rest } = this.current;
    const changed = state !== this.current.state;
    this.current = { ...rest, state, since: changed ? new Date() : rest.since, ...trouble };
    if (changed) this.tell();
  }

  private tell(): void {
    this.events.emit(PublicationChangedEvent.eventName, new PublicationChangedEvent());
  }
}

function waiting(): PublicationStatus {
  return {
    state: 'waiting',
    since: new Date(),
    keys: 0,
    bytes: 0,
    limitBytes: SECRET_LIMIT_BYTES,
    storedBytes: 0,
    storedLimitBytes: STORED_LIMIT_BYTES,
    tooLarge: [],
  };
}
