import { ExporterError } from '../errors/exporter.error.ts';

/** An extension threw, or did not answer. */
export class ExtensionFailedError extends ExporterError {
  readonly code = 'MCCE_EXTENSION_FAILED';

  /** @param call a method of a port, such as `AggregateWriter.write` */
  constructor(extension: string, call: string, options: { cause?: unknown } = {}) {
    super(`The extension ${extension} failed in ${call}.`, {
      remedy: 'See the log of the exporter; correct the extension, or take it out of MCCE_EXTENSIONS.',
      details: { extension, call },
      ...options,
    });
  }
}
