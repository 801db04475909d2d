import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { explain, type Explanation } from '../../base/errors/explanation.ts';
import { Leadership } from '../../leader-election/leadership.ts';
import { SyncView } from '../../storage-sync/sync-view.ts';
import { span } from '../age.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Terminal } from '../terminal.ts';

const PAUSE_MS = 50;
/** A Lease whose holder died is free after 17 s; who holds it longer is alive. Milliseconds. */
const HOLDER_IS_ALIVE_MS = 20_000;

/**
 * Waits until every cluster was read and what was read is published. What fails is tried again, as the service does; only what no
 * retry helps ends it before its time.
 *
 * @param interruption ends it at once, with its reason
 * @throws CommandFailedError when that does not happen, with the reason
 */
export async function untilSynced(
  app: INestApplicationContext,
  terminal: Pick<Terminal, 'progress'>,
  timeoutMs: number,
  interruption: AbortSignal,
): Promise<void> {
  const get = <Part>(type: abstract new (...args: never[]) => Part) => app.get<Part>(type, { strict: false });
  const [leadership, sync] = [get(Leadership), get(SyncView)];
  const startedAt = performance.now();
  while (!sync.settled) {
    interruption.throwIfAborted();
    const waitedMs = performance.now() - startedAt;
    const { role, election } = leadership.status;
    const lease = `the Lease ${election?.lease.namespace}/${election?.lease.name}`;
    const { state, message = '', remedy, lasting } = sync.publicationStatus;
    const notWritten = `The aggregate cannot be written. ${explain({ message, remedy })}`;
    if (lasting) throw new CommandFailedError(notWritten);
    if (role === 'standby' && waitedMs > HOLDER_IS_ALIVE_MS)
      throw new CommandFailedError(
        `${election?.holder} holds ${lease}: an exporter runs and keeps the aggregate current, as \`mcce status\` shows.`,
      );
    if (waitedMs > timeoutMs) {
      const obstacle = [
        failed(`Watching ${lease}`, election?.watch?.failure),
        failed(`Taking ${lease}`, election?.failure),
        role === 'standby' ? `${election?.holder} holds ${lease}.` : undefined,
        ...get(ClusterRegistry).view.registries.map(({ where, watch }) =>
          failed(`Watching the registry, ${where},`, watch.failure),
        ),
        failed('Watching the aggregate', sync.aggregateWatch.failure),
        state === 'failing' ? notWritten : undefined,
        state === 'contested' ? explain({ message, remedy }) : undefined,
        'Not every cluster was read; give it more time by --timeout.',
      ].find((text) => text !== undefined);
      throw new CommandFailedError(`It is not done after ${span(timeoutMs)}. ${obstacle}`);
    }
    terminal.progress(role === 'leader' ? 'reading the sources' : 'waiting for the Lease');
    await delay(PAUSE_MS);
  }
}

function failed(what: string, failure: Explanation | undefined): string | undefined {
  return failure && `${what} failed. ${explain(failure)}`;
}
