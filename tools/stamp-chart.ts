import { cp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Document, parseDocument } from 'yaml';

/** The chart as it is in the repository. */
const CHART = fileURLToPath(new URL('../helm', import.meta.url));
/** For the tests of the chart; packages do not contain it. */
const LEFT_OUT = new Set(['ci']);

/** What the repository does not know of itself. */
export interface Publication {
  /** Owner and name on GitHub, in any case. */
  repository: string;
  /** Digest of the image that the chart installs. */
  digest: string;
}

/**
 * Writes a copy of the chart that names the published image by digest, and the address of the repository: of its icon, its sources and its
 * runbooks.
 *
 * @throws if the repository or the digest does not look like one
 */
export async function stampChart({ repository, digest }: Publication, into: string): Promise<void> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`${repository} is not OWNER/NAME`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is not a digest: sha256:…`);
  await cp(CHART, into, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  // Names of images are in lower case.
  const image = repository.toLowerCase();
  const home = `https://github.com/${repository}`;

  await edit(join(into, 'Chart.yaml'), (chart) => {
    const version = chart.get('appVersion') as string;
    chart.set('home', home);
    chart.set('sources', [home]);
    chart.set('icon', `https://raw.githubusercontent.com/${repository}/v${version}/docs/images/icon.svg`);
    chart.setIn(
      ['annotations', 'artifacthub.io/images'],
      `- name: exporter\n  image: ghcr.io/${image}:${version}@${digest}\n  platforms: [linux/amd64, linux/arm64]\n`,
    );
    chart.setIn(
      ['annotations', 'artifacthub.io/links'],
      `- name: documentation\n  url: ${home}/blob/v${version}/README.md\n- name: support\n  url: ${home}/issues\n`,
    );
  });
  await edit(join(into, 'values.yaml'), (values) => {
    values.setIn(['image', 'registry'], 'ghcr.io');
    values.setIn(['image', 'repository'], image);
    values.setIn(['image', 'digest'], digest);
  });
  const readme = join(into, 'README.md');
  const text = await readFile(readme, 'utf8');
  await writeFile(
    readme,
    text.replaceAll('ghcr.io/OWNER/NAME', `ghcr.io/${image}`).replaceAll('OWNER/NAME', repository),
  );
}

/** Changes a YAML file and keeps its comments. */
async function edit(file: string, change: (document: Document) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  change(document);
  await writeFile(file, document.toString({ lineWidth: 0 }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      repository: { type: 'string', default: '' },
      digest: { type: 'string', default: '' },
      into: { type: 'string', default: '' },
    },
  });
  await stampChart(values, values.into);
}
