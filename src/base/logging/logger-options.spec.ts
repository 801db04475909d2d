import { Writable } from 'node:stream';
import { type LoggerOptions, pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../config/settings.ts';
import { ExporterError } from '../errors/exporter.error.ts';
import { loggerOptions } from './logger-options.ts';

class ExampleError extends ExporterError {
  readonly code = 'MCCE_WATCH_BROKEN';
}

/** Logs by the service's own options and gives the lines. */
function logged(write: (logger: pino.Logger) => void): string {
  const { pinoHttp } = loggerOptions(parseSettings({ MCCE_LOG_LEVEL: 'debug' }));
  const [options] = pinoHttp as [LoggerOptions, unknown];
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  write(pino(options, stream));
  return text;
}

describe('the log', () => {
  it('has a constant message and fields beside it', () => {
    const line: unknown = JSON.parse(
      logged((logger) => logger.warn({ cluster: 'east' }, 'cluster state changed')),
    );

    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      cluster: 'east',
      message: 'cluster state changed',
    });
  });

  it('shows our own errors with their code and message', () => {
    const error = new ExampleError('It broke; fix it.');

    expect(logged((logger) => logger.error(error))).toContain('MCCE_WATCH_BROKEN');
    expect(logged((logger) => logger.error({ err: error }, 'failed'))).toContain('It broke; fix it.');
  });

  it('never shows the message of a foreign error, however it is logged', () => {
    const error = new Error('canary', { cause: new Error('canary') });
    const lines = logged((logger) => {
      logger.error(error);
      logger.error({ err: error });
      logger.error({ err: error }, 'failed');
      logger.error({ cluster: 'east', err: new ExampleError('It broke.', { cause: error }) }, 'failed');
    });

    expect(lines.trim().split('\n')).toHaveLength(4);
    expect(lines).not.toContain('canary');
  });
});
