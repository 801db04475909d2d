import { EXIT_CODE_CONFIGURATION, ExporterError } from '../errors/exporter.error.ts';

/** An extension cannot take part. */
export class ExtensionInvalidError extends ExporterError {
  readonly code = 'MCCE_EXTENSION_INVALID';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /**
   * @param extension its name, or its path where it has none yet
   * @param problem the predicate of a sentence
   */
  constructor(extension: string, problem: string, remedy: string, options: { cause?: unknown } = {}) {
    super(`The extension ${extension} ${problem}.`, { remedy, lasting: true, ...options });
  }
}
