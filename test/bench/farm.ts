import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Endpoint, FarmAnswers, FarmCommand } from './farm-protocol.ts';

const PROGRAM = fileURLToPath(new URL('farm-process.ts', import.meta.url));

/** Many API servers on loopback, in a process of their own, behind a network with a round trip. */
export class Farm {
  readonly endpoints: readonly Endpoint[];
  private readonly child: ChildProcess;
  private static commands = 0;

  private constructor(child: ChildProcess, endpoints: readonly Endpoint[]) {
    this.child = child;
    this.endpoints = endpoints;
  }

  static async start(clusters: number, roundTripMs: number): Promise<Farm> {
    const child = fork(PROGRAM);
    const endpoints = await Farm.ask(child, { kind: 'start', clusters, roundTripMs });
    return new Farm(child, endpoints);
  }

  async ask<Kind extends FarmCommand['kind']>(
    command: Extract<FarmCommand, { kind: Kind }>,
  ): Promise<FarmAnswers[Kind]> {
    return await Farm.ask(this.child, command);
  }

  stop(): void {
    this.child.kill('SIGKILL');
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
