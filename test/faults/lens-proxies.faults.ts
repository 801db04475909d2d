import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHART } from '../chart/helm.ts';
import type { Rule } from '../sandbox/authorizer.ts';
import { eventually } from '../support/eventually.ts';
import { LENS_RESOURCES, lensSource, predecessorProxy } from '../support/lens-objects.ts';
import { FaultRig } from './fault-rig.ts';

const SERVICE = 'primus-lens-postgres-east';
const PATHS = {
  services: '/api/v1/namespaces/default/services',
  endpoints: '/api/v1/namespaces/default/endpoints',
  slices: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
};
/** What the chart grants. */
const RULES = await grants();
const VERBS = RULES.flatMap(({ resource, verbs }) => verbs.map((verb) => ({ resource, verb })));

describe('lens-proxies in the built exporter', () => {
  let rig: FaultRig;

  beforeEach(async () => {
    rig = await FaultRig.start(['east', 'west'], { resources: LENS_RESOURCES });
    await rig.source('east').edit({ ...lensSource(), opensearch: null });
    await rig.registry.edit({ west: null });
    const { service, endpoints } = predecessorProxy('postgres', 'east', {
      port: 5432,
      nodePort: 30432,
      ips: ['10.20.0.1'],
    });
    await rig.hub.admin.must('POST', PATHS.services, { body: service });
    await rig.hub.admin.must('POST', PATHS.endpoints, { body: endpoints });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = () =>
    rig.startExporter({
      MCCE_EXTENSIONS: 'lens-proxies',
      MCCE_X_LENS_PROXIES_ALLOWED_RANGES: '10.20.0.0/16',
      MCCE_X_LENS_PROXIES_ADDRESSES: 'east=10.20.0.1;west=10.20.0.2',
    });
  const names = async (path: string) =>
    ((await rig.hub.admin.must('GET', path)).items ?? [])
      .map(({ metadata }) => metadata?.name ?? '')
      .toSorted();
  const namesService = (state: ReadonlyMap<string, string> | undefined) => {
    const { postgres } = JSON.parse(state?.get('east') ?? '{}') as Record<string, string>;
    return Buffer.from(postgres ?? '', 'base64')
      .toString()
      .includes(SERVICE);
  };
  const expectAll = () =>
    eventually(
      async () => {
        expect(namesService(rig.history.at(-1))).toBe(true);
        expect(await names(PATHS.slices)).toEqual([
          `${SERVICE}-ipv4`,
          'primus-lens-prometheus-read-east-ipv4',
          'primus-lens-prometheus-write-east-ipv4',
        ]);
        expect(await names(PATHS.endpoints)).toEqual([]);
      },
      { timeoutMs: 25_000 },
    );
  const removeEast = () => rig.registry.edit({ west: rig.entry('west'), east: null });

  it('does all that it does with what the chart grants', async () => {
    rig.allowAlso(RULES);
    const exporter = await start();
    await expectAll();

    await removeEast();

    await eventually(async () => {
      expect(await names(PATHS.services)).toEqual([]);
      expect(await names(PATHS.slices)).toEqual([]);
    });
    expect((await exporter.status()).problems.filter(({ code }) => code === 'OutputFailed')).toEqual([]);
  });

  it.each(VERBS)('says so where it may not $verb $resource', async ({ resource, verb }) => {
    rig.allowAlso(
      RULES.map((rule) =>
        rule.resource === resource ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
      ),
    );
    const exporter = await start();
    if (verb === 'delete' && resource !== 'endpoints') {
      await expectAll();
      await removeEast();
    }

    await eventually(
      async () =>
        expect((await exporter.status()).problems.map(({ code, subject }) => `${code} ${subject}`)).toContain(
          'OutputFailed outputs/lens-proxies',
        ),
      { timeoutMs: 20_000 },
    );
  });

  it.each([
    ['Services', PATHS.services],
    ['EndpointSlices', PATHS.slices],
  ])(
    'goes on after a kill while it applies %s, and never names a Service that has no slice',
    async (_what, path) => {
      rig.allowAlso(RULES);
      const met = Promise.withResolvers<void>();
      rig.hub.faults.inject(
        { kind: 'hang' },
        {
          when: (request) => {
            if (request.method !== 'PATCH' || !request.path.startsWith(path)) return false;
            setTimeout(met.resolve, 50);
            return true;
          },
        },
      );
      const exporter = await start();
      await met.promise;
      await exporter.stop('SIGKILL');
      expect(rig.history.some(namesService)).toBe(false);
      rig.hub.faults.clear();

      await start();

      await expectAll();
    },
  );
});

async function grants(): Promise<Rule[]> {
  const file = await readFile(`${CHART}/extensions/lens-proxies.yaml`, 'utf8');
  const { rules } = load(file) as { rules: { resources: string[]; verbs: string[] }[] };
  return rules.flatMap(({ resources, verbs }) => resources.map((resource) => ({ resource, verbs })));
}
