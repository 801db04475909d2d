import {
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { describeError } from '../errors/describe-error.ts';

/** Does nothing, at no cost, until a provider is registered. */
const tracer = trace.getTracer('multi-cluster-config-exporter');

/**
 * Runs a task in a span, which is that of every log line and the parent of every span that begins within. What outlives the
 * task, such as a timer, is to be begun by {@link outsideSpans}.
 *
 * @param options `root` where nothing that happens to be under way is the cause. Attributes are for everybody to see: names and numbers, never
 *   the content of a Secret.
 */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  task: (span: Span) => Promise<Result>,
): Promise<Result> {
  const span = tracer.startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => task(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    // The export that this may begin is no part of any span.
    outsideSpans(() => span.end());
  }
}

/** Runs what must not have a parent span: it lasts longer than the span under way, or has other causes as well. */
export function outsideSpans<Result>(task: () => Result): Result {
  return context.with(ROOT_CONTEXT, task);
}

/** Marks a span as failed. Of an error only its kind is told: a library's message may quote a credential. */
export function failSpan(span: Span, error: unknown): void {
  const { name, code, details } = describeError(error);
  markFailed(span, String(details?.reason ?? code ?? name));
}

/** @param type of few values, as `error.type` of OpenTelemetry's conventions wants it */
export function markFailed(span: Span, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', type);
}
