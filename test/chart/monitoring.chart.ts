import { Injectable, Module } from '@nestjs/common';
import tokenRenewal from '../../src/extensions/token-renewal/token-renewal.extension.ts';
import { Output } from '../../src/index.ts';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from '../service/service-rig.ts';
import { CHART, Helm, only } from './helm.ts';

const run = promisify(execFile);
const ALERT_TESTS = fileURLToPath(new URL('alerts.promtool.yaml', import.meta.url));

/** Labels of the series in those tests: what the ServiceMonitor adds. */
const LABELS = 'namespace="storage", service="exporter-multi-cluster-config-exporter"';

/** The tests, for series with other labels; an alert about a series that is absent has those of its query. */
function withLabels(tests: string, labels: string): string {
  const asYaml = (matchers: string) => matchers.replaceAll('"', '').replaceAll('=', ': ');
  return tests.replaceAll(LABELS, labels).replaceAll(asYaml(LABELS), asYaml(labels));
}

interface AlertRule {
  alert: string;
  expr: string;
  annotations: { summary: string; description: string; runbook_url: string };
}

/** Names of metrics in a query. */
function metricsOf(query: string): string[] {
  return query.match(/\b(?:mcce|leader_election|process|nodejs)_[a-z_]+/g) ?? [];
}

/** Some metrics are those of outputs. */
@Injectable()
class NoOutput extends Output {
  override readonly name = 'nothing';
  override readonly kinds = [
    { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] },
  ];

  override objects(): [] {
    return [];
  }
}

@Module({ providers: [NoOutput] })
class OutputModule {}

describe('what watches the exporter', () => {
  let helm: Helm;
  let groups: { rules: AlertRule[] }[];
  let rules: AlertRule[];
  let folder: string;

  beforeAll(async () => {
    helm = await Helm.find();
    const objects = await helm.render({ apiVersions: ['monitoring.coreos.com/v1/PrometheusRule'] });
    ({ groups } = only(objects, 'PrometheusRule').spec as { groups: typeof groups });
    rules = groups.flatMap((group) => group.rules);
    folder = await mkdtemp(join(tmpdir(), 'mcce-rules-'));
    await writeFile(join(folder, 'rules.yaml'), dump({ groups }));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('has rules that Prometheus accepts', async () => {
    const { stdout } = await run(helm.tools.promtool, ['check', 'rules', join(folder, 'rules.yaml')]);
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it.each([
    ['the ServiceMonitor', [], 'namespace="storage", service="exporter-multi-cluster-config-exporter"'],
    ['the PodMonitor', ['podMonitor.enabled=true'], 'job="storage/exporter-multi-cluster-config-exporter"'],
    ["a scrape of one's own", ['prometheusRule.selector=job="mcce"'], 'job="mcce"'],
  ])('alerts when it should and not before, with the labels of %s', async (_case, set, labels) => {
    const objects = await helm.render({
      set: [...set, ...(set.length > 0 ? ['serviceMonitor.enabled=false'] : [])],
      apiVersions: ['monitoring.coreos.com/v1/PrometheusRule'],
    });
    const place = await mkdtemp(join(folder, 'alerts-'));
    await writeFile(join(place, 'rules.yaml'), dump(only(objects, 'PrometheusRule').spec));
    const tests = await readFile(ALERT_TESTS, 'utf8');
    await writeFile(join(place, 'alerts.yaml'), withLabels(tests, labels));

    const { stdout } = await run(helm.tools.promtool, ['test', 'rules', join(place, 'alerts.yaml')]);

    expect(stdout).toContain('SUCCESS');
  });

  it('tests every alert', async () => {
    const tests = await readFile(ALERT_TESTS, 'utf8');
    expect(rules.filter(({ alert }) => !tests.includes(`alertname: ${alert}\n`))).toEqual([]);
  });

  it('links every alert to its runbook', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const runbooks = [...page.matchAll(/^### (MultiClusterConfigExporter\w+)$/gm)].map(([, name]) =>
      String(name),
    );
    expect(runbooks.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('asks only for metrics that the running service has, in alerts, dashboard and documentation', async () => {
    const rig = await ServiceRig.start();
    try {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ alg: 'none' })}.${part({ exp: 1_900_000_000 })}.signature`;
      const bad = JSON.stringify({ ...(JSON.parse(rig.entry()) as object), bearerToken: token });
      await rig.registry.create({ east: rig.entry(), west: bad });
      await rig.startService({}, [OutputModule, tokenRenewal]);
      await rig.expectPublished('one');
      const exposed = new Set<string>();
      await eventually(async () => {
        const text = await (await rig.get('/metrics')).text();
        for (const [, name = ''] of text.matchAll(/^([a-z_]+)[ {]/gm)) exposed.add(name);
        expect([...exposed]).toContain('mcce_remote_cluster_read_errors_total');
        expect([...exposed]).toContain('mcce_remote_cluster_watch_connected');
      });

      const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
      const dashboard = await readFile(`${CHART}/dashboards/multi-cluster-config-exporter.json`, 'utf8');
      const asked = [...rules.map(({ expr }) => expr), dashboard].flatMap(metricsOf);
      const documented = metricsOf(page.split('## Metrics')[1]?.split('## ')[0] ?? '').filter(
        (name) => !name.endsWith('_'),
      );
      const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
      expect([...new Set(asked)].filter((name) => !exposed.has(name))).toEqual([]);
      expect(documented.map(base).toSorted()).toEqual(
        [...new Set([...exposed].map(base))]
          .filter((name) => name.startsWith('mcce_') || name.startsWith('leader_'))
          .toSorted(),
      );
    } finally {
      await rig.stop();
    }
  });

  it('brings a dashboard that Grafana can read', async () => {
    const objects = await helm.render();
    const map = objects.find(({ metadata }) => metadata?.name?.endsWith('-dashboard')) as KubeObject;
    const dashboard = JSON.parse(map.data?.['multi-cluster-config-exporter.json'] ?? '') as {
      panels: { id: number; targets: { expr: string }[] }[];
    };
    expect(map.metadata?.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});
