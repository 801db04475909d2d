import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Endpoint, FarmAnswers, FarmCommand } from './farm-protocol.ts';

const PROGRAM = fileURLToPath(new URL('farm-process.ts', import.meta.url));

type Answer = FarmAnswers[FarmCommand['kind']];

/** Each has a socket that listens and connections, and a process may have 20,000 files open on some machines. */
const CLUSTERS_PER_PROCESS = 5_000;

/** Many API servers on loopback, in processes of their own, behind a network with a round trip. */
export class Farm {
  readonly endpoints: readonly Endpoint[];
  private readonly children: readonly ChildProcess[];
  private static commands = 0;

  private constructor(children: readonly ChildProcess[], endpoints: readonly Endpoint[]) {
    this.children = children;
    this.endpoints = endpoints;
  }

  static async start(clusters: number, roundTripMs: number): Promise<Farm> {
    const children: ChildProcess[] = [];
    const endpoints: Endpoint[] = [];
    for (let first = 0; first < clusters; first += CLUSTERS_PER_PROCESS) {
      const child = fork(PROGRAM);
      children.push(child);
      const count = Math.min(CLUSTERS_PER_PROCESS, clusters - first);
      endpoints.push(...(await Farm.ask(child, { kind: 'start', first, clusters: count, roundTripMs })));
    }
    return new Farm(children, endpoints);
  }

  /** Asks the processes whose clusters it is about, all of them where it names none. */
  async ask<Kind extends FarmCommand['kind']>(
    command: Extract<FarmCommand, { kind: Kind }>,
  ): Promise<FarmAnswers[Kind]> {
    const about: FarmCommand = command;
    const children =
      'cluster' in about
        ? this.children.slice(Math.floor(about.cluster / CLUSTERS_PER_PROCESS)).slice(0, 1)
        : this.children;
    const answers: Answer[] = await Promise.all(children.map((child) => Farm.ask(child, command)));
    return answers.reduce(together) as FarmAnswers[Kind];
  }

  stop(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  private static async ask<Kind extends FarmCommand['kind']>(
    child: ChildProcess,
    command: Extract<FarmCommand, { kind: Kind }>,
  ): Promise<FarmAnswers[Kind]> {
    const id = ++Farm.commands;
    return await new Promise((resolve, reject) => {
      const take = (message: { id: number; answer: FarmAnswers[Kind] }) => {
        if (message.id !== id) return;
        child.off('message', take).off('exit', fail);
        resolve(message.answer);
      };
      const fail = () => reject(new Error('the process of the clusters has ended'));
      child.on('message', take).once('exit', fail);
      child.send({ id, ...command });
    });
  }
}

/** The answers of two processes as one: counts add up, and of two moments the first one counts. */
function together(one: Answer, other: Answer): Answer {
  if (typeof one === 'string' && typeof other === 'string') return BigInt(one) < BigInt(other) ? one : other;
  if (!isCounters(one) || !isCounters(other)) return one;
  return { requests: one.requests + other.requests, handshakes: one.handshakes + other.handshakes };
}

function isCounters(answer: Answer): answer is FarmAnswers['counters'] {
  return answer !== null && typeof answer === 'object' && 'requests' in answer;
}
