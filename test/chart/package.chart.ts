import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stampChart } from '../../tools/stamp-chart.ts';
import { CHART, Helm, OPERATOR, only } from './helm.ts';

const REPOSITORY = 'Example/Config-Exporter';
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What Chart.yaml says of the chart. */
interface ChartYaml {
  version: string;
  annotations: Record<string, string>;
  [field: string]: unknown;
}

describe('the chart, as the release packages it', () => {
  let helm: Helm;
  let folder: string;
  let packaged: Helm;

  beforeAll(async () => {
    helm = await Helm.find();
    folder = await mkdtemp(join(tmpdir(), 'mcce-package-'));
    const stamped = join(folder, 'chart');
    await stampChart({ repository: REPOSITORY, digest: DIGEST }, stamped);
    packaged = helm.with(await helm.package(stamped, folder));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const chartYaml = async () =>
    load(await readFile(join(folder, 'chart', 'Chart.yaml'), 'utf8')) as ChartYaml;

  it('passes helm lint --strict without a remark', async () => {
    const printed = await packaged.lint(undefined);
    expect(printed).toContain('0 chart(s) failed');
    expect(printed).not.toContain('[INFO]');
  });

  it('installs the image that was published with it, by its digest and in lower case', async () => {
    const { template } = only(await packaged.render(), 'Deployment').spec as {
      template: { spec: { containers: { image: string }[] } };
    };
    expect(template.spec.containers[0]?.image).toBe(`ghcr.io/example/config-exporter@${DIGEST}`);
  });

  it('links every alert to the page of its own version', async () => {
    const { version } = await chartYaml();
    const page = `https://github.com/${REPOSITORY}/blob/v${version}/docs/operations.md#`;
    const { groups } = only(await packaged.render({ apiVersions: OPERATOR }), 'PrometheusRule').spec as {
      groups: { rules: { annotations: { runbook_url: string } }[] }[];
    };
    const links = groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !link.startsWith(page))).toEqual([]);
  });

  it('tells Artifact Hub what it needs', async () => {
    const { annotations, ...chart } = await chartYaml();
    expect(chart).toMatchObject({
      home: `https://github.com/${REPOSITORY}`,
      sources: [`https://github.com/${REPOSITORY}`],
      icon: expect.stringMatching(/^https:.*\/docs\/images\/icon\.svg$/),
    });
    expect(load(annotations['artifacthub.io/images'] ?? '')).toMatchObject([
      { image: `ghcr.io/example/config-exporter:${chart.version}@${DIGEST}` },
    ]);
    expect(load(annotations['artifacthub.io/links'] ?? '')).toHaveLength(2);
  });

  it('contains README, license and values with their comments, and nothing of the tests', async () => {
    const files = await packaged.files();
    for (const file of [
      'README.md',
      'LICENSE',
      'values.yaml',
      'values.schema.json',
      'values-primus-lens.yaml',
    ])
      expect(files).toContain(`multi-cluster-config-exporter/${file}`);
    expect(files.filter((file) => file.includes('/ci/'))).toEqual([]);
    const readme = await readFile(join(folder, 'chart', 'README.md'), 'utf8');
    expect(readme).toContain('oci://ghcr.io/example/config-exporter/charts/multi-cluster-config-exporter');
    expect(readme).not.toContain('OWNER');
    expect(await readFile(join(folder, 'chart', 'values.yaml'), 'utf8')).toContain('# Number of replicas.');
    expect(await readFile(`${CHART}/LICENSE`, 'utf8')).toBe(
      await readFile(new URL('../../LICENSE', import.meta.url), 'utf8'),
    );
  });

  it.each([
    [{ repository: 'no-owner', digest: DIGEST }, 'OWNER/NAME'],
    [{ repository: REPOSITORY, digest: 'latest' }, 'digest'],
  ])('is not made of %j', async (publication, complaint) => {
    await expect(stampChart(publication, join(folder, 'other'))).rejects.toThrow(complaint);
  });
});
