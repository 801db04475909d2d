import { REASONS, type Reason } from '../../kube/failures/reason.ts';
import type { ClusterRecord, RememberedState } from './cluster-record.ts';

/**
 * One item of the annotation: `east stale connect 2026-11-24T10:00:00Z 2026-11-24T09:59:30Z`, with `-` for a last success that is
 * not known, and `removed` at the end.
 */
export function memoryOf(record: ClusterRecord): string {
  const { name, lastSuccess, goneSince } = record;
  const { state, reason, since } = stateOf(record);
  const words = [name, state, reason, seconds(since), lastSuccess ? seconds(lastSuccess) : '-'];
  return [...words, ...(goneSince ? ['removed'] : [])].join(' ');
}

/** Whether the same is to be remembered of both. Only why they are as they are may differ: a link that flaps is not worth a write. */
export function isRememberedAlike(one: ClusterRecord, other: ClusterRecord): boolean {
  return memoryOf({ ...one, reason: other.reason }) === memoryOf(other);
}

/** Reads the items back. What cannot be read is left out: it is then counted from now on. */
export function parseMemory(items: readonly string[]): Map<string, RememberedState> {
  const memory = new Map<string, RememberedState>();
  for (const item of items) {
    const [name = '', state, reason, since = '', lastSuccess = '', removed] = item.split(' ');
    if (!isRemembered(state) || !isReason(reason) || Number.isNaN(Date.parse(since))) continue;
    memory.set(name, {
      state,
      reason,
      since: new Date(since),
      lastSuccess: Number.isNaN(Date.parse(lastSuccess)) ? undefined : new Date(lastSuccess),
      removed: removed === 'removed',
    });
  }
  return memory;
}

/** A cluster that is well, or was never read, has a mark only once its entry is gone: nobody looks after its key any more. */
function stateOf({
  state,
  reason,
  since,
  goneSince,
}: ClusterRecord): Pick<RememberedState, 'state' | 'reason' | 'since'> {
  if (isRemembered(state) && reason !== undefined) return { state, reason, since };
  return { state: 'stale', reason: reason ?? 'ok', since: goneSince ?? since };
}

function isRemembered(state: string | undefined): state is RememberedState['state'] {
  return state === 'stale' || state === 'missing' || state === 'rejected';
}

function isReason(reason: string | undefined): reason is Reason {
  return (REASONS as readonly (string | undefined)[]).includes(reason);
}

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
