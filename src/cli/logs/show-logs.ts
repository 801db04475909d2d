import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import { explain } from '../../base/errors/explanation.ts';
import { toKubeRequestError } from '../../kube/failures/failure-classifier.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { attempt, pathOf, REQUEST_TIMEOUT_MS } from '../requests.ts';
import { exporterContainer, exporterPod, type Pod } from '../status/exporter-pod.ts';
import type { Terminal } from '../terminal.ts';
import { untilStopped } from '../until-interrupted.ts';
import { concerns, isAfter, type LogLine, readLogLines } from './log-lines.ts';

/** Options of `mcce logs`. */
export interface LogsOptions {
  follow?: boolean;
  /** Milliseconds. */
  since?: number;
  /** Lines. */
  tail?: number;
  previous?: boolean;
}

/** Between two looks for a pod whose log can be followed. Milliseconds. */
const PAUSE_MS = 1_000;

/** Prints the log of the replica that leads. Ctrl-C ends it with 0. */
export async function showLogs(invocation: Invocation<LogsOptions, [names: string[]]>): Promise<ExitCode> {
  return await untilStopped((stopping) =>
    withHub(invocation, async (hub) => {
      const printer = new LogPrinter(invocation, hub);
      await (invocation.options.follow ? printer.follow(stopping) : printer.printOnce(stopping));
      return EXIT.good;
    }),
  );
}

/** Prints lines of one pod after the other, none of them twice. */
class LogPrinter {
  private readonly terminal: Terminal;
  private readonly options: Readonly<LogsOptions>;
  private readonly names: readonly string[];
  private readonly hub: Hub;
  /** Of the newest line of the pod. */
  private newest: string | undefined;
  private pod: string | undefined;
  /** Whether a log could be read at all. */
  private opened = false;

  constructor({ terminal, options, args: [names] }: Invocation<LogsOptions, [names: string[]]>, hub: Hub) {
    this.terminal = terminal;
    this.options = options;
    this.names = names;
    this.hub = hub;
  }

  /** @throws CommandFailedError when there is no leader, or its log cannot be read */
  async printOnce(stopping: AbortSignal): Promise<void> {
    const looking = AbortSignal.any([stopping, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const pod = await exporterPod(this.hub, looking);
    const query = this.queryFor(pod);
    const where = `${this.hub.namespace}/${pod.metadata.name}`;
    const opening = this.hub.client.stream({
      method: 'GET',
      path: `${pathOf(pod, this.hub.namespace, pod.metadata.name)}/log`,
      query,
      accept: '*/*',
      signal: stopping,
    });
    const need = `get on pods/log in the namespace ${this.hub.namespace}`;
    const log = await attempt(`Reading the log of the pod ${where}`, opening, need);
    this.opened = true;
    try {
      for await (const line of readLogLines(log)) {
        this.print(line);
        if (this.terminal.unread) return;
      }
    } catch (error) {
      throw toKubeRequestError(error);
    }
  }

  /** Resolves once nobody reads it any more. */
  async follow(stopping: AbortSignal): Promise<void> {
    let said: string | undefined;
    while (!this.terminal.unread) {
      try {
        await this.printOnce(stopping);
        said = undefined;
      } catch (error) {
        // What is wrong from the beginning, no retry helps.
        if (!this.opened || stopping.aborted || !(error instanceof ExporterError)) throw error;
        const sentence = explain(error);
        if (sentence !== said) this.terminal.note(sentence);
        said = sentence;
      }
      await delay(PAUSE_MS, undefined, { signal: stopping });
    }
  }

  private queryFor(pod: Pod): Record<string, string> {
    const { name } = pod.metadata;
    const isFirst = this.pod === undefined;
    if (this.pod !== name) {
      if (!isFirst) this.terminal.note(`The pod ${name} leads now.`);
      this.newest = undefined;
    }
    this.pod = name;
    const { follow = false, previous = false, since, tail } = this.options;
    const container = exporterContainer(pod);
    return {
      timestamps: 'true',
      follow: String(follow),
      previous: String(previous),
      ...(container !== undefined && { container }),
      // The API server takes whole seconds; what was printed of the last one is left out.
      ...(this.newest !== undefined && { sinceTime: this.newest.replace(/\.\d+/, '') }),
      ...(isFirst && since !== undefined && { sinceSeconds: String(Math.ceil(since / 1_000)) }),
      ...(isFirst && tail !== undefined && { tailLines: String(tail) }),
    };
  }

  private print(line: LogLine): void {
    if (this.newest !== undefined && !isAfter(line.time, this.newest)) return;
    this.newest = line.time;
    if (concerns(line.text, this.names)) this.terminal.print(line.text);
  }
}
