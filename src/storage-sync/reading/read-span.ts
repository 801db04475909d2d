import type { Cluster } from '../../cluster-config/cluster.ts';
import type { Reason } from '../../kube/reason.ts';
import { inSpan, markFailed } from '../../tracing/in-span.ts';
import type { ReadTrigger } from './reading.events.ts';

/**
 * Runs a reading of a source, and what is done about its result, in a span.
 *
 * @param read gives the result's reason
 */
export async function inReadSpan(
  { name }: Cluster,
  trigger: ReadTrigger,
  read: () => Promise<Reason>,
): Promise<void> {
  const attributes = { 'mcce.remote_cluster': name, 'mcce.trigger': trigger };
  await inSpan('read source', { attributes }, async (span) => {
    const reason = await read();
    span.setAttribute('mcce.reason', reason);
    if (reason !== 'ok') markFailed(span, reason);
  });
}
