import { type Link, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';

/** A span keeps no more of them. */
const LIMIT = 128;

/** Collects the spans that ask for a piece of work which is done for all of them together. */
export class SpanLinks {
  private readonly asking = new Map<string, SpanContext>();

  /** Takes note of the span under way, if there is one. */
  noteActive(): void {
    const span = trace.getActiveSpan()?.spanContext();
    if (!span || (span.traceFlags & TraceFlags.SAMPLED) === 0 || this.asking.size >= LIMIT) return;
    this.asking.set(span.spanId, span);
  }

  /** Those since the last call. */
  take(): Link[] {
    const links = [...this.asking.values()].map((context) => ({ context }));
    this.asking.clear();
    return links;
  }
}
