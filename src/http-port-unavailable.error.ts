import { ExporterError } from './errors/exporter.error.ts';

/** The port for probes and status cannot be listened on. */
export class HttpPortUnavailableError extends ExporterError {
  readonly code = 'HTTP_PORT_UNAVAILABLE';

  /** @param networkCode Node's name for the reason, such as `EADDRINUSE` */
  constructor(port: number, networkCode: string, options: { cause?: unknown } = {}) {
    super(
      `The port ${port} cannot be listened on (${networkCode}); set MCCE_HTTP_PORT to a free one.`,
      options,
    );
  }
}
