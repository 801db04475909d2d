import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusUpdate } from '../../src/health/status/live/status-update.ts';
import { StatusFeedPace } from '../../src/health/status/live/status-feed.pace.ts';
import type { OverTheWire } from '../../src/health/status/over-the-wire.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

/** One reader of the stream: what it has received, event by event. */
class StreamReader {
  readonly updates: OverTheWire<StatusUpdate>[] = [];
  lastEventId = '';
  text = '';
  ended = false;

  private constructor(private readonly cut: AbortController) {}

  static async open(rig: ServiceRig, lastEventId?: string): Promise<StreamReader> {
    const cut = new AbortController();
    const reader = new StreamReader(cut);
    const response = await rig.get('/api/v1/status/stream', {
      signal: cut.signal,
      headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    void reader.follow(response).catch(() => undefined);
    return reader;
  }

  close(): void {
    this.cut.abort();
  }

  private async follow(response: Response): Promise<void> {
    try {
      for await (const chunk of response.body ?? []) this.take(Buffer.from(chunk).toString('utf8'));
    } finally {
      this.ended = true;
    }
  }

  private take(chunk: string): void {
    this.text += chunk;
    const events = this.text.split('\n\n');
    this.text = events.pop() ?? '';
    for (const event of events) {
      if (event.startsWith('event: beat')) continue;
      this.lastEventId = /^id: (.*)$/m.exec(event)?.[1] ?? this.lastEventId;
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) this.updates.push(JSON.parse(data) as OverTheWire<StatusUpdate>);
    }
  }
}

class QuickPace extends StatusFeedPace {
  override readonly gatherMs = 10;
  override readonly gapMs = 20;
  override readonly idleMs = 100;
  override readonly lingerMs = 400;
  override readonly mostReaders = 2;
}

describe('the stream of the status', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    await rig.registry.create({ east: rig.entry() });
    await rig.startService({}, [], [[StatusFeedPace, new QuickPace()]]);
    await rig.expectPublished('one');
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('starts with everything and continues with changes', async () => {
    const reader = await StreamReader.open(rig);
    await eventually(() => expect(reader.updates).toHaveLength(1));
    expect(reader.updates[0]).toMatchObject({
      full: true,
      summary: { kind: 'Status', leadership: { role: 'leader' }, counts: { synced: 1 } },
      clusters: {
        set: [{ name: 'east', state: 'synced', lastChange: { publishedAfterMs: expect.any(Number) } }],
      },
      lastSuccess: [['east', expect.any(Number)]],
    });
    expect(reader.updates[0]?.transitions.map(({ kind, to }) => `${kind} ${to}`)).toEqual(
      expect.arrayContaining(['leadership leader', 'entry added', 'cluster synced', 'aggregate published']),
    );

    await rig.registry.edit({ west: 'no entry' });

    await eventually(() =>
      expect(reader.updates.slice(1).flatMap(({ problems }) => problems.set)).toMatchObject([
        { code: 'EntryRefused', subject: 'cluster/west' },
      ]),
    );
    await rig.registry.edit({ west: null });
    await eventually(() => expect(reader.updates.at(-1)?.clusters.gone).toEqual(['west']));
    expect(reader.updates.at(-1)?.problems).toEqual({ set: [], gone: ['cluster/west'] });
    expect(reader.updates.slice(1).map(({ full }) => full)).not.toContain(true);
    expect(reader.updates.at(-1)?.clusters.set).toEqual([]);
  });

  it('resumes where a reader was disconnected', async () => {
    const reader = await StreamReader.open(rig);
    await eventually(() => expect(reader.updates).toHaveLength(1));
    reader.close();
    await rig.registry.edit({ west: 'no entry' });
    await eventually(async () => expect((await rig.status()).counts.rejected).toBe(1));

    const resumed = await StreamReader.open(rig, reader.lastEventId);

    await eventually(() => expect(resumed.updates.length).toBeGreaterThan(0));
    expect(resumed.updates[0]).toMatchObject({ full: false });
    await eventually(() =>
      expect(resumed.updates.flatMap(({ clusters }) => clusters.set)).toMatchObject([{ name: 'west' }]),
    );
  });

  it.each(['', 'x', 'another.1', '.', '-1'])('starts over for a reader that resumes with %j', async (id) => {
    const reader = await StreamReader.open(rig, id);

    await eventually(() => expect(reader.updates).toMatchObject([{ full: true }]));
  });

  it('refuses readers beyond the limit, and accepts one again when another leaves', async () => {
    const [first] = [await StreamReader.open(rig), await StreamReader.open(rig)];

    const refused = await rig.get('/api/v1/status/stream');

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    first.close();
    await eventually(async () => {
      const reader = await StreamReader.open(rig);
      reader.close();
    });
  });

  it('ends when the service stops, and forgets its updates when nobody reads', async () => {
    const reader = await StreamReader.open(rig);
    await eventually(() => expect(reader.updates).toHaveLength(1));
    const { lastEventId } = reader;
    reader.close();
    await new Promise((resolve) => setTimeout(resolve, 700));

    const late = await StreamReader.open(rig, lastEventId);
    await eventually(() => expect(late.updates).toMatchObject([{ full: true }]));

    await rig.stop();
    await eventually(() => expect(late.ended).toBe(true));
  });

  it('has the timeline at an address of its own', async () => {
    const document = (await (await rig.get('/api/v1/timeline')).json()) as { transitions: object[] };

    expect(document).toMatchObject({ apiVersion: 'multi-cluster-config-exporter/v1', kind: 'Timeline' });
    expect(document.transitions).toContainEqual(
      expect.objectContaining({
        kind: 'cluster',
        from: 'pending',
        to: 'synced',
        count: 1,
        clusters: ['east'],
      }),
    );
  });
});
