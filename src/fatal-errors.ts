import { EXIT_CODE_CONFIGURATION, SettingsInvalidError } from './config/settings-invalid.error.ts';
import { describeError } from './errors/describe-error.ts';
import { HttpPortUnavailableError } from './http-port-unavailable.error.ts';
import { HubNotConfiguredError } from './kube/hub-not-configured.error.ts';
import { TracingSettingsInvalidError } from './tracing/tracing-settings-invalid.error.ts';

const CONFIGURATION_ERRORS = [
  SettingsInvalidError,
  TracingSettingsInvalidError,
  HubNotConfiguredError,
  HttpPortUnavailableError,
];

/** Ends the process on an error that nobody handled. Node would print its message, which may hold a credential. */
export function exitOnFatalErrors(): void {
  process.on('uncaughtException', (error) => exitWith('uncaught error', error, 1));
  process.on('unhandledRejection', (error) => exitWith('unhandled rejection', error, 1));
}

/** Ends the process because it could not start: 78 when its configuration is wrong, else 1. */
export function failStart(error: unknown): never {
  const misconfigured = CONFIGURATION_ERRORS.some((type) => error instanceof type);
  return exitWith('start failed', error, misconfigured ? EXIT_CODE_CONFIGURATION : 1);
}

/** The logger may not exist yet, so this is written as it would write. */
function exitWith(message: string, error: unknown, code: number): never {
  const line = { level: 'fatal', time: new Date().toISOString(), err: describeError(error), message };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  process.exit(code);
}
