import { ExporterError } from '../../base/errors/exporter.error.ts';

/** A watch gave something that is no event, or fell silent. The watcher lists again and misses nothing. */
export class WatchBrokenError extends ExporterError {
  readonly code = 'MCCE_WATCH_BROKEN';

  /** @param what the stream did, as the predicate of a sentence */
  constructor(what: string, options: { cause?: unknown } = {}) {
    super(`The watch ${what}. The object is listed again.`, options);
  }
}
