import { trace } from '@opentelemetry/api';
import type { Params } from 'nestjs-pino';
import { type DestinationStream, type LogFn, type LoggerOptions, stdTimeFunctions } from 'pino';
import pinoPretty from 'pino-pretty';
import type { Settings } from '../config/settings.ts';
import { describeError } from '../errors/describe-error.ts';
import { ExporterError } from '../errors/exporter.error.ts';

/**
 * Structured logs: a constant message, and fields that have the same name everywhere. Errors go through
 * {@link describeError}, no matter what logs them, so that no library's message brings a credential along. Requests to the probes
 * are not logged.
 */
export function loggerOptions(settings: Settings, stream: NodeJS.WriteStream = process.stdout): Params {
  return {
    pinoHttp: [
      { ...pinoOptions(settings), autoLogging: false, quietReqLogger: true, wrapSerializers: false },
      destination(settings, stream),
    ],
  };
}

function pinoOptions({ logLevel }: Settings): LoggerOptions {
  return {
    level: logLevel,
    base: null,
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { err: describeError },
    mixin: activeSpan,
    hooks: {
      logMethod(args, log) {
        log.apply(this, withConstantMessage(args));
      },
    },
  };
}

/** To find a line's trace by, and the lines of a trace. */
function activeSpan(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Without a message pino takes that of the error, past the serializer. */
function withConstantMessage(args: Parameters<LogFn>): Parameters<LogFn> {
  const [first, second]: unknown[] = args;
  if (second !== undefined || typeof first !== 'object' || first === null) return args;
  const error = first instanceof Error ? first : (first as { err?: unknown }).err;
  if (!(error instanceof Error)) return args;
  const message = error instanceof ExporterError ? error.message : 'unexpected error';
  return first instanceof Error ? [{ err: first }, message] : [first, message];
}

function destination({ logFormat }: Settings, stream: NodeJS.WriteStream): DestinationStream {
  switch (logFormat) {
    case 'json':
      return stream;
    case 'pretty':
      return pinoPretty({
        messageKey: 'message',
        colorize: stream.isTTY,
        destination: stream,
        singleLine: true,
        sync: true,
      });
  }
}
