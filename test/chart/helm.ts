import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../support/api-client.ts';
import { provisionTools, type Tools } from './tools.ts';

const run = promisify(execFile);

/** The folder of the chart. */
export const CHART = fileURLToPath(new URL('../../helm', import.meta.url));

/** Every file of values that comes with the chart, and `undefined`: the defaults alone. */
export const VALUES = [undefined, ...globSync('{values-*,ci/*}.yaml', { cwd: CHART }).toSorted()];

/** What an API server has where the Prometheus operator is installed. */
export const OPERATOR = [
  'monitoring.coreos.com/v1/PodMonitor',
  'monitoring.coreos.com/v1/ServiceMonitor',
  'monitoring.coreos.com/v1/PrometheusRule',
];

/** What a rendering starts from. */
export interface RenderOptions {
  release?: string;
  namespace?: string;
  /** Files of values, below the chart. */
  files?: readonly string[];
  /** Values, as `--set` takes them. */
  set?: readonly string[];
  /** Values, as `--set-json` takes them. */
  setJson?: readonly string[];
  /** What the API server has beside the usual: `monitoring.coreos.com/v1`. */
  apiVersions?: readonly string[];
}

/** The chart, by way of the real helm. */
export class Helm {
  readonly tools: Tools;
  private readonly chart: string;

  private constructor(tools: Tools, chart: string) {
    this.tools = tools;
    this.chart = chart;
  }

  static async find(): Promise<Helm> {
    return new Helm(await provisionTools(), CHART);
  }

  /** The same helm, with another chart: a folder or a package. */
  with(chart: string): Helm {
    return new Helm(this.tools, chart);
  }

  /** Packages the chart of a folder. @returns the package, in the other folder */
  async package(folder: string, into: string): Promise<string> {
    const printed = await this.helm(['package', folder, '--destination', into]);
    return printed.trim().split(': ').at(-1) ?? '';
  }

  /** Paths in the package. */
  async files(): Promise<string[]> {
    return (await run('tar', ['-tzf', this.chart])).stdout.trim().split('\n');
  }

  /** @throws what helm wrote on stderr */
  async render(options: RenderOptions = {}): Promise<KubeObject[]> {
    return (loadAll(await this.template(options)) as (KubeObject | null)[]).filter(
      (object) => object !== null,
    );
  }

  async template({
    release = 'exporter',
    namespace = 'storage',
    files = [],
    set = [],
    setJson = [],
    apiVersions = [],
  }: RenderOptions = {}): Promise<string> {
    return await this.helm([
      'template',
      release,
      this.chart,
      '--namespace',
      namespace,
      ...files.flatMap((file) => ['--values', `${CHART}/${file}`]),
      ...set.flatMap((value) => ['--set', value]),
      ...setJson.flatMap((value) => ['--set-json', value]),
      ...apiVersions.flatMap((version) => ['--api-versions', version]),
    ]);
  }

  /** What `helm install` prints for people. */
  async notes({ set = [] }: Pick<RenderOptions, 'set'> = {}): Promise<string> {
    const printed = await this.helm([
      'install',
      'exporter',
      this.chart,
      '--namespace',
      'storage',
      '--dry-run=client',
      ...set.flatMap((value) => ['--set', value]),
    ]);
    return printed.split('\nNOTES:\n')[1] ?? '';
  }

  async lint(file: string | undefined): Promise<string> {
    return await this.helm([
      'lint',
      '--strict',
      this.chart,
      ...(file === undefined ? [] : ['--values', `${CHART}/${file}`]),
    ]);
  }

  private async helm(args: readonly string[]): Promise<string> {
    const { stdout } = await run(this.tools.helm, args, { maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  }
}

/** The one object of a kind. */
export function only(objects: readonly KubeObject[], kind: string): KubeObject {
  const [found, ...rest] = objects.filter((object) => object.kind === kind);
  if (!found || rest.length > 0) throw new Error(`there are ${rest.length + (found ? 1 : 0)} of ${kind}`);
  return found;
}
