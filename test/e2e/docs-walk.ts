import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { provisionTools } from '../chart/tools.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import type { Fleet } from './fleet.ts';
import { createPod } from './pod-object.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What somebody types once and goes on using. */
const FUNCTION = /^(\w+\(\) \{.*\}|\w+=\$PWD)$/gm;

/** A command of the documentation that cannot be run here, and what is run in its place; `:` is nothing. */
export type InPlaceOf = readonly [command: RegExp, instead: string];

/** Runs the commands of the documentation, block by block, as somebody who pastes them into a shell. */
export class DocsWalk {
  /** Commands in whose place nothing was run. */
  readonly notRun: string[] = [];
  private functions = '';

  private constructor(
    private readonly fleet: Fleet,
    private readonly folder: string,
    private readonly environment: Record<string, string>,
    private readonly inPlaceOf: readonly InPlaceOf[],
  ) {}

  /** kubectl and helm are the real ones; contexts are named like the API servers. */
  static async start(fleet: Fleet, inPlaceOf: readonly InPlaceOf[]): Promise<DocsWalk> {
    const folder = await mkdtemp(join(tmpdir(), 'mcce-docs-'));
    const { helm, kubectl } = await provisionTools();
    for (const [name, path] of Object.entries({ helm, kubectl })) {
      await writeFile(join(folder, name), `#!/bin/sh\nexec '${path}' "$@"\n`);
      await chmod(join(folder, name), 0o755);
    }
    const kubeconfigs = [fleet.hub, ...fleet.clusters.values()].map(({ kubeconfig }) => kubeconfig);
    const environment = {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: folder,
      KUBECONFIG: kubeconfigs.join(':'),
    };
    return new DocsWalk(fleet, folder, environment, inPlaceOf);
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs the commands below a heading. @returns what they print */
  async follow(
    page: string,
    heading: string,
    { as = (block: string) => block, only = (block: string): boolean => block !== '' } = {},
  ): Promise<string> {
    const text = await readFile(join(ROOT, page), 'utf8');
    const [, section = ''] = new RegExp(`\n## ${heading}\n([^]*?)\n(?:## |$)`).exec(`${text}\n`) ?? [];
    const blocks = [...section.matchAll(/^( *)```sh\n([^]*?)^ *```$/gm)].map(([, indent = '', block = '']) =>
      as(block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
    );
    expect(blocks.length).toBeGreaterThan(0);
    let printed = '';
    for (const block of blocks.filter(only)) printed += await this.runBlock(block);
    return printed;
  }

  /** The pod of a Deployment: a process with its settings and its ServiceAccount, behind a Pod object with its name. */
  async startPod(name: string, namespace: string): Promise<ExporterProcess> {
    const { admin } = this.fleet.hub;
    const { data = {} } = await admin.must('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`);
    const token = await this.fleet.hub.serviceAccountToken(namespace, name);
    const exporter = await this.fleet.startExporter({ ...data, MCCE_HTTP_PORT: '0' }, { token, namespace });
    const { port } = exporter;
    await createPod(admin, { name: hostname(), namespace, serviceAccount: name, port });
    return exporter;
  }

  private async runBlock(block: string): Promise<string> {
    const script = this.inPlaceOf.reduce(
      (commands, [command, instead]) => {
        this.notRun.push(...(instead === ':' ? (commands.match(command) ?? []) : []));
        return commands.replaceAll(command, instead);
      },
      block.replaceAll('\\\n', ''),
    );
    const { stdout } = await run('sh', ['-eu', '-c', this.functions + script], {
      cwd: ROOT,
      env: this.environment,
    });
    this.functions += (script.match(FUNCTION) ?? []).map((line) => `${line}\n`).join('');
    return stdout;
  }
}
