import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** A program started by a test, with all that it printed. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  private readonly chunks: string[] = [];

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.process = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => this.chunks.push(chunk));
    }
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => resolve(code ?? signal));
    });
    // Whoever does not wait for the end does not care how it ends.
    this.ended.catch(() => undefined);
  }

  /** Everything on stdout and stderr so far. */
  get output(): string {
    return this.chunks.join('');
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    if (this.running) this.process.kill(signal);
    return await this.ended;
  }
}
