import { describeError } from './errors/describe-error.ts';
import { EXIT_CODE_FAILURE, ExporterError } from './errors/exporter.error.ts';

/** Ends the process on an error that nobody handled. Node would print its message, which may hold a credential. */
export function exitOnFatalErrors(): void {
  process.on('uncaughtException', (error) => exitWith('uncaught error', error));
  process.on('unhandledRejection', (error) => exitWith('unhandled rejection', error));
}

/** Ends the process because it could not start. */
export function failStart(error: unknown): never {
  return exitWith('start failed', error);
}

/** The logger may not exist yet, so this is written as it would write. */
function exitWith(message: string, error: unknown): never {
  const line = { level: 'fatal', time: new Date().toISOString(), err: describeError(error), message };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  process.exit(error instanceof ExporterError ? error.exitCode : EXIT_CODE_FAILURE);
}
