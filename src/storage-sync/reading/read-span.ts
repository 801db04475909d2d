import type { Cluster } from '../../cluster-config/cluster.ts';
import { inSpan, markFailed } from '../../base/tracing/in-span.ts';
import type { Reason } from '../../kube/failures/reason.ts';
import type { ReadTrigger } from './reading.events.ts';
import type { ReadResult } from './source-reader.ts';

/**
 * Runs a reading of a source, and what is done about its result, in a span.
 *
 * @param read gives the result, and the reason that it comes to: a content that was read may not be fit to be published
 */
export async function inReadSpan(
  { name }: Cluster,
  trigger: ReadTrigger,
  read: () => Promise<{ result: ReadResult; reason: Reason }>,
): Promise<ReadResult> {
  const attributes = { 'mcce.remote_cluster': name, 'mcce.trigger': trigger };
  return await inSpan('read source', { attributes }, async (span) => {
    const { result, reason } = await read();
    span.setAttribute('mcce.reason', reason);
    if (reason !== 'ok') markFailed(span, reason);
    return result;
  });
}
