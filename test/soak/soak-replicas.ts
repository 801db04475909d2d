import type { FaultRig } from '../faults/fault-rig.ts';
import type { ExporterProcess, StatusJson } from '../support/exporter-process.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { Violation } from './soak-model.ts';

/** The exporters of a soak, and what happens to them. */
export class SoakReplicas {
  /** How often one was killed, stopped or paused. */
  interruptions = 0;
  private readonly rig: FaultRig;
  private readonly settings: Record<string, string>;
  private readonly exporters: ExporterProcess[] = [];
  private readonly paused = new Set<ExporterProcess>();
  private readonly count: number;

  constructor(rig: FaultRig, count: number) {
    this.rig = rig;
    this.count = count;
    this.settings = {
      MCCE_MISSING_GRACE: '1h',
      MCCE_LOG_LEVEL: 'info',
      MCCE_LEADER_ELECTION: String(count > 1),
      MCCE_AGGREGATE_PARTS: String(rig.parts.length),
    };
  }

  async start(): Promise<void> {
    while (this.exporters.length < this.count)
      this.exporters.push(await this.rig.startExporter(this.settings));
  }

  /** Ends one of them, and starts another in its place. */
  async restart(random: SeededRandom, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const index = random.below(this.count);
    const exporter = this.exporters[index];
    if (!exporter) throw new Error('every index has an exporter');
    this.interruptions++;
    if (this.paused.delete(exporter)) exporter.signal('SIGCONT');
    await exporter.stop(signal);
    this.exporters[index] = await this.rig.startExporter(this.settings);
  }

  /** Freezes one of them; where another can take its place, for long enough that it may. */
  pause(random: SeededRandom): void {
    const exporter = this.exporters[random.below(this.count)];
    const forMs = random.below(this.count > 1 ? 25_000 : 2_000);
    if (!exporter || this.paused.has(exporter)) return;
    this.interruptions++;
    this.paused.add(exporter);
    exporter.signal('SIGSTOP');
    setTimeout(() => {
      if (this.paused.delete(exporter)) exporter.signal('SIGCONT');
    }, forMs).unref();
  }

  /** @throws Violation when one of them ended by itself */
  check(): void {
    if (this.exporters.some(({ running }) => !running)) throw new Violation('an exporter ended by itself');
  }

  /** Undefined while none is known to lead. */
  async leader(): Promise<ExporterProcess | undefined> {
    for (const exporter of this.exporters)
      if (!this.paused.has(exporter) && (await exporter.status()).leadership.role === 'leader')
        return exporter;
    return undefined;
  }

  async leaderStatus(): Promise<StatusJson | undefined> {
    return await (await this.leader())?.status();
  }

  /** The end of each one's log. */
  logs(lines: number): string {
    return this.exporters
      .map(({ output }, index) => {
        const end = output.split('\n').slice(-lines).join('\n');
        return `the log of exporter ${index}:\n${end}`;
      })
      .join('\n');
  }
}
