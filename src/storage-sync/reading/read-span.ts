import type { Cluster } from '../../cluster-config/cluster.ts';
import { inSpan, markFailed } from '../../base/tracing/in-span.ts';
import type { ReadTrigger } from './reading.events.ts';
import type { ReadResult } from './source-reader.ts';

/** Runs a reading of a source, and what is done about its result, in a span. */
export async function inReadSpan(
  { name }: Cluster,
  trigger: ReadTrigger,
  read: () => Promise<ReadResult>,
): Promise<ReadResult> {
  const attributes = { 'mcce.remote_cluster': name, 'mcce.trigger': trigger };
  return await inSpan('read source', { attributes }, async (span) => {
    const result = await read();
    span.setAttribute('mcce.reason', result.reason);
    if (result.reason !== 'ok') markFailed(span, result.reason);
    return result;
  });
}
