import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Status } from '../../src/health/status/status.ts';
import { Child } from './child.ts';
import { eventually } from './eventually.ts';
import { MCCE } from './mcce.ts';

/** As `npm start` has them. */
const START = packageJson.scripts.start.split(' ');
const V8_FLAGS = START.filter((part) => part.startsWith('--'));
const ALLOCATOR = Object.fromEntries(
  START.filter((part) => part.startsWith('MALLOC_')).map((part) => part.split('=')),
);

/** One line of the exporter's log. */
export interface LogLine {
  level: string;
  message: string;
  [field: string]: unknown;
}

/** How the exporter reaches its hub. */
export interface HubAccess {
  server: string;
  ca: string;
  token: string;
  namespace?: string;
}

/** The status as it comes over the wire: times are text. */
export type StatusJson = Omit<Status, 'clusters'> & {
  clusters: (Omit<Status['clusters'][number], 'since' | 'lastSuccess' | 'watch'> & {
    since: string;
    lastSuccess?: string;
    watch?: { connected: boolean; since: string; message?: string };
  })[];
};

/** The built service as a process of its own, as it runs in a pod. */
export class ExporterProcess {
  private readonly child: Child;
  private readonly directory: string;
  /** On which it listens. */
  port = 0;

  private constructor(child: Child, directory: string) {
    this.child = child;
    this.directory = directory;
  }

  /**
   * Starts it and resolves when it listens; it may not be ready then.
   *
   * @param options.detached keeps the signals of the terminal from it
   * @param options.program another copy of `dist/mcce.js`
   * @param options.resolvConf file that it finds as /etc/resolv.conf; needs root
   */
  static async start(
    hub: HubAccess,
    settings: Record<string, string> = {},
    {
      program = MCCE,
      resolvConf,
      ...options
    }: { detached?: boolean; program?: string; resolvConf?: string | undefined } = {},
  ): Promise<ExporterProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'mcce-exporter-'));
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(hub)), { mode: 0o600 });
    const command = [process.execPath, ...V8_FLAGS, program, 'run'];
    const [file = '', ...args] = resolvConf === undefined ? command : withResolvConf(resolvConf, command);
    const child = new Child(file, args, {
      ...options,
      env: {
        PATH: process.env.PATH,
        ...ALLOCATOR,
        HOME: directory,
        KUBECONFIG: kubeconfig,
        MCCE_HTTP_PORT: '0',
        ...settings,
      },
    });
    const exporter = new ExporterProcess(child, directory);
    try {
      await exporter.waitUntilListening();
      return exporter;
    } catch (error) {
      await exporter.stop('SIGKILL');
      throw error;
    }
  }

  /** Everything that it printed. */
  get output(): string {
    return this.child.output;
  }

  /** Its log, parsed. */
  get log(): LogLine[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Resolves with the exit code, or the signal that ended it. */
  get ended(): Promise<number | NodeJS.Signals | null> {
    return this.child.ended;
  }

  get running(): boolean {
    return this.child.running;
  }

  get pid(): number | undefined {
    return this.child.process.pid;
  }

  /** Resident memory, as the kernel counts it. 0 where it cannot be told. */
  rssMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.child.process.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      signal: AbortSignal.timeout(5_000),
    });
    return { status: response.status, text: await response.text() };
  }

  async status(): Promise<StatusJson> {
    return JSON.parse((await this.get('/api/v1/status')).text) as StatusJson;
  }

  /** State and reason of one cluster. */
  async cluster(name: string): Promise<StatusJson['clusters'][number]> {
    const { clusters } = await this.status();
    const cluster = clusters.find((candidate) => candidate.name === name);
    if (!cluster) throw new Error(`the status does not know the cluster ${name}`);
    return cluster;
  }

  async waitUntilReady(): Promise<void> {
    await eventually(
      async () => {
        if (!this.running) throw new Error('the exporter ended');
        if ((await this.get('/readyz')).status !== 200) throw new Error('the exporter is not ready');
      },
      { timeoutMs: 20_000 },
    );
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.child.process.kill(signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    const code = await this.child.stop(signal);
    await rm(this.directory, { recursive: true, force: true });
    return code;
  }

  private async waitUntilListening(): Promise<void> {
    await eventually(
      () => {
        const line = this.log.find(({ message }) => message === 'listening');
        if (!line && this.running) throw new Error('the exporter does not listen yet');
        this.port = Number(line?.port);
      },
      { timeoutMs: 20_000, everyMs: 20 },
    );
    if (!this.running)
      throw new Error(`the exporter ended while starting, with ${await this.ended}:\n${this.output}`);
  }
}

/** A kubeconfig with this access alone, as an object. */
export function kubeconfigFor({ server, ca, token, namespace = 'default' }: HubAccess): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'hub',
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'exporter', namespace } }],
    clusters: [
      { name: 'hub', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'exporter', user: { token } }],
  };
}

/** The same command, in a mount namespace of its own. */
function withResolvConf(file: string, command: readonly string[]): string[] {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, file, ...command];
}
