import { EXIT_CODE_CONFIGURATION, ExporterError } from './base/errors/exporter.error.ts';

/** The port for probes and status cannot be listened on. */
export class HttpPortUnavailableError extends ExporterError {
  readonly code = 'MCCE_HTTP_PORT_UNAVAILABLE';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param networkCode Node's name for the reason, such as `EADDRINUSE` */
  constructor(port: number, networkCode: string, options: { cause?: unknown } = {}) {
    super(`The port ${port} cannot be listened on (${networkCode}).`, {
      remedy: 'Set MCCE_HTTP_PORT to a free one.',
      lasting: true,
      ...options,
    });
  }
}
