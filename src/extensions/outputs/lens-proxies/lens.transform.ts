import { createHash } from 'node:crypto';
import { OnEvent } from '@nestjs/event-emitter';
import {
  ContentTransform,
  type Leadership,
  LeadershipChangedEvent,
  type SourceData,
  type Transformed,
} from '../../../index.ts';
import { type Place, rewrite } from './lens-content.ts';
import type { ProxiesOutput } from './proxies.output.ts';
import type { ProxyProblems } from './proxy-problems.ts';

const WAITING: Transformed = {
  hold: {
    message: 'The proxies on the hub that this content is to name are not there yet.',
    remedy: 'If it lasts, see the problems of lens-proxies and of the outputs.',
  },
};

/** Rewrites contents to the proxies on the hub. A content is held until all of its proxies are there. */
export class LensTransform extends ContentTransform {
  /** What was let through last, by cluster. It stays good: its proxies are kept as they are. */
  private readonly released = new Map<string, string>();
  private readonly waiting = new Set<string>();

  constructor(
    private readonly place: Place,
    private readonly unchanged: ReadonlySet<string>,
    private readonly output: ProxiesOutput,
    private readonly problems: ProxyProblems,
    private readonly leadership: Pick<Leadership, 'term'>,
  ) {
    super();
    output.onProgress(() => this.lookAgain());
  }

  override transform(cluster: string, data: SourceData): Transformed {
    if (this.unchanged.has(cluster)) return { data };
    const rewritten = rewrite(cluster, data, this.place);
    if ('hold' in rewritten) return rewritten;
    const { targets, unreachable } = rewritten;
    this.problems.note(cluster, { proxied: targets.length > 0, unreachable });
    const digest = digestOf(rewritten.data);
    if (this.released.get(cluster) !== digest) {
      this.output.plan(cluster, targets);
      if (!this.output.isReady(cluster)) {
        this.waiting.add(cluster);
        return WAITING;
      }
    }
    this.waiting.delete(cluster);
    this.released.set(cluster, digest);
    return { data: rewritten.data };
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (this.leadership.term) return;
    this.released.clear();
    this.waiting.clear();
    this.output.clear();
    this.problems.clear();
  }

  private lookAgain(): void {
    for (const cluster of this.waiting)
      if (this.output.isReady(cluster)) {
        this.waiting.delete(cluster);
        this.reconsider(cluster);
      }
  }
}

function digestOf({ encoded }: SourceData): string {
  return createHash('sha256')
    .update(JSON.stringify([...encoded]))
    .digest('hex');
}
