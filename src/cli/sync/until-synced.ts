import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { Leadership } from '../../leader-election/leadership.ts';
import { AggregatePublisher } from '../../storage-sync/aggregate-publisher.ts';
import { HeldAggregate } from '../../storage-sync/held-aggregate.ts';
import { SyncPasses } from '../../storage-sync/sync-passes.ts';
import { span } from '../age.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Terminal } from '../terminal.ts';

const PAUSE_MS = 50;
/** A Lease whose holder died is free after 17 s; who holds it longer is alive. Milliseconds. */
const HOLDER_IS_ALIVE_MS = 20_000;

/**
 * Waits until every cluster was read and what was read is published.
 *
 * @throws CommandFailedError when that does not come about, with the reason
 */
export async function untilSynced(
  app: INestApplicationContext,
  terminal: Pick<Terminal, 'progress'>,
  timeoutMs: number,
): Promise<void> {
  const get = <Part>(type: abstract new (...args: never[]) => Part) => app.get<Part>(type, { strict: false });
  const [leadership, passes, publisher] = [get(Leadership), get(SyncPasses), get(AggregatePublisher)];
  const startedAt = performance.now();
  while (!passes.firstEnded || publisher.busy) {
    const waitedMs = performance.now() - startedAt;
    const { role, election } = leadership.status;
    if (publisher.status.state === 'failing')
      throw new CommandFailedError(`The aggregate cannot be written. ${publisher.status.message}`);
    if (role === 'standby' && waitedMs > HOLDER_IS_ALIVE_MS)
      throw new CommandFailedError(
        `${election?.holder} holds the Lease ${election?.lease.namespace}/${election?.lease.name}: an exporter runs and keeps the aggregate current, as \`mcce status\` shows.`,
      );
    if (waitedMs > timeoutMs) {
      const failure =
        election?.watch.failure ?? get(ClusterRegistry).watch.failure ?? get(HeldAggregate).watch.failure;
      throw new CommandFailedError(
        `It is not done after ${span(timeoutMs)}. ${failure?.message ?? ''}`.trim(),
      );
    }
    terminal.progress(role === 'leader' ? 'reading the sources' : 'waiting for the Lease');
    await delay(PAUSE_MS);
  }
}
