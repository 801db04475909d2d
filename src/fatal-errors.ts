import { describeError } from './base/errors/describe-error.ts';
import { EXIT_CODE_FAILURE, ExporterError } from './base/errors/exporter.error.ts';

/** For giving back what others wait for: the Lease. Milliseconds. */
const CLOSING_MS = 5_000;

let close: () => Promise<void> = () => Promise.resolve();
let exiting = false;

/** Ends the process on an error that nobody handled. Node would print its message, which may hold a credential. */
export function exitOnFatalErrors(): void {
  process.on('uncaughtException', (error) => void exitWith('uncaught error', error));
  process.on('unhandledRejection', (error) => void exitWith('unhandled rejection', error));
}

/** Has this done before a fatal error ends the process; after a few seconds the process exits anyway. */
export function closeOnFatalErrors(task: () => Promise<void>): void {
  close = task;
}

/** Ends the process because it could not start. */
export async function failStart(error: unknown): Promise<never> {
  return await exitWith('start failed', error);
}

/** The logger may not exist yet, so this is written as it would write. */
async function exitWith(message: string, error: unknown): Promise<never> {
  const line = { level: 'fatal', time: new Date().toISOString(), err: describeError(error), message };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  // What goes wrong while it closes must not end it before it has closed.
  if (exiting) return await new Promise<never>(() => undefined);
  exiting = true;
  const timer = Promise.withResolvers<void>();
  setTimeout(timer.resolve, CLOSING_MS);
  await Promise.race([close().catch(() => undefined), timer.promise]);
  process.exit(error instanceof ExporterError ? error.exitCode : EXIT_CODE_FAILURE);
}
