import { type ChildProcess, spawn } from 'node:child_process';

/** A command on a terminal of its own, by util-linux' `script`. */
export class PseudoTerminal {
  /** Resolves with the exit code of the command. */
  readonly ended: Promise<number | null>;
  private readonly process: ChildProcess;
  private readonly chunks: string[] = [];

  /**
   * @param command one, quoted for a shell
   * @param environment beside PATH and TERM
   */
  constructor(
    command: string,
    environment: Readonly<Record<string, string>>,
    { rows = 30, columns = 100 } = {},
  ) {
    const sized = `stty rows ${rows} cols ${columns}; exec ${command}`;
    this.process = spawn('script', ['-qec', sized, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => this.chunks.push(chunk));
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', resolve);
    });
  }

  /** Everything that it showed so far, control characters included. */
  get output(): string {
    return this.chunks.join('');
  }

  /** Presses keys. */
  type(keys: string): void {
    this.process.stdin?.write(keys);
  }
}
