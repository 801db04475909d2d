import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import lensProxies from '../../src/extensions/outputs/lens-proxies/lens-proxies.extension.ts';
import { OUTPUT_LABEL } from '../../src/index.ts';
import type { KubeObject } from '../support/api-client.ts';
import { complaintsAbout } from '../chart/schemas.ts';
import { eventually } from '../support/eventually.ts';
import { aNode, LENS_RESOURCES, lensSource, predecessorProxy } from '../support/lens-objects.ts';
import { ServiceRig } from './service-rig.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const MERGE = 'application/merge-patch+json';
const NODES_RULE = { verbs: ['list', 'watch'], resource: 'nodes' };
const SETTINGS = {
  MCCE_X_LENS_PROXIES_ALLOWED_RANGES: '10.20.0.0/16,fd20::/16',
  MCCE_X_LENS_PROXIES_HUB_RANGES: '10.20.99.0/24',
};
const COMPONENTS = ['opensearch', 'postgres', 'prometheus-read', 'prometheus-write'];

interface Slice extends KubeObject {
  addressType: string;
  endpoints: { addresses: string[] }[];
  ports: { name: string; port: number }[];
}

interface Service extends KubeObject {
  spec: {
    clusterIP?: string;
    selector?: object;
    ports: { name: string; port: number; targetPort: number }[];
  };
}

describe('lens-proxies', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start(LENS_RESOURCES);
    await rig.source.edit({ ...lensSource(), postgres: lensSource().postgres ?? '' });
    await putNode('n1', [['InternalIP', '10.20.0.1']]);
    await putNode('n2', [
      ['InternalIP', '10.20.0.2'],
      ['ExternalIP', '10.20.7.2'],
    ]);
    await rig.registry.create({ east: rig.entry([NODES_RULE]) });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (settings: Record<string, string> = {}) =>
    await rig.startService({ ...SETTINGS, ...settings }, [lensProxies]);
  const putNode = async (
    name: string,
    addresses: [string, string][],
    options: Parameters<typeof aNode>[2] = {},
  ) => {
    const { admin } = rig.east;
    const node = aNode(name, addresses, options);
    if ((await admin.request('GET', `/api/v1/nodes/${name}`)).status === 200)
      await admin.must('PATCH', `/api/v1/nodes/${name}`, {
        body: { status: node.status },
        contentType: MERGE,
      });
    else await admin.must('POST', '/api/v1/nodes', { body: node });
  };
  const items = async (path: string) => (await rig.hub.admin.must('GET', path)).items ?? [];
  const services = async () => (await items(SERVICES)) as Service[];
  const slices = async () => (await items(SLICES)) as Slice[];
  /** `primus-lens-postgres-east-ipv4 30432: 10.20.0.1, 10.20.0.2`. */
  const targets = async () =>
    (await slices())
      .map(
        ({ metadata, endpoints, ports }) =>
          `${metadata?.name} ${ports[0]?.port}: ${endpoints.map(({ addresses }) => addresses.join('+')).join(', ')}`,
      )
      .toSorted();
  const published = async (key: string, cluster = 'east') => {
    const content = (await rig.aggregate.data()).get(cluster);
    const value = content && (JSON.parse(content) as Record<string, string>)[key];
    return value === undefined
      ? undefined
      : (JSON.parse(Buffer.from(value, 'base64').toString()) as Record<string, unknown>);
  };
  const problems = async () =>
    (await rig.problems()).map(({ code, subject }) => `${code} ${subject}`).toSorted();
  const expectPublished = async (fields: Record<string, unknown> = {}) =>
    await eventually(async () =>
      expect(await published('postgres')).toMatchObject({
        service: 'primus-lens-postgres-east',
        port: 5432,
        ...fields,
      }),
    );
  const BOTH = '10.20.0.1, 10.20.0.2';
  const ALL = [
    `primus-lens-opensearch-east-ipv4 30920: ${BOTH}`,
    `primus-lens-postgres-east-ipv4 30432: ${BOTH}`,
    `primus-lens-prometheus-read-east-ipv4 30481: ${BOTH}`,
    `primus-lens-prometheus-write-east-ipv4 30480: ${BOTH}`,
  ];

  it('makes Services and slices that select each other, and publishes a content that names them', async () => {
    await start();

    await expectPublished();
    expect(await published('prometheus')).toMatchObject({
      read_service: 'primus-lens-prometheus-read-east',
      read_port: 9090,
      namespace: 'default',
    });
    expect(await targets()).toEqual(ALL);
    expect((await services()).map(({ metadata }) => metadata?.name ?? '').toSorted()).toEqual(
      COMPONENTS.map((component) => `primus-lens-${component}-east`),
    );
    for (const { metadata, ports } of await slices()) {
      const selected = (await services()).find(
        (service) => service.metadata?.name === metadata?.labels?.['kubernetes.io/service-name'],
      );
      expect(selected?.spec.selector).toBeUndefined();
      expect(selected?.spec.ports[0]?.name).toBe(ports[0]?.name);
      expect(selected?.spec.ports[0]?.targetPort).toBe(ports[0]?.port);
      expect(metadata?.labels).toMatchObject({
        app: 'primus-lens',
        cluster: 'east',
        [OUTPUT_LABEL]: 'lens-proxies',
      });
    }
    await eventually(async () => expect(await problems()).toEqual([]));
  });

  it('makes objects that the schemas of Kubernetes accept', async () => {
    await putNode('n3', [
      ['InternalIP', '10.20.0.3'],
      ['InternalIP', 'fd20::3'],
    ]);
    await start();
    await expectPublished();

    const objects = [
      ...(await services()).map((each) => ({ ...each, apiVersion: 'v1', kind: 'Service' })),
      ...(await slices()).map((each) => ({
        ...each,
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
      })),
    ];

    expect(objects.length).toBeGreaterThan(8);
    for (const object of objects) {
      const { managedFields: _managed, ...metadata } = object.metadata ?? {};
      expect(await complaintsAbout({ ...object, metadata })).toEqual([]);
    }
  });

  it('has a slice for each family of addresses', async () => {
    await putNode('n1', [
      ['InternalIP', '10.20.0.1'],
      ['InternalIP', 'fd20::1'],
    ]);
    await start();
    await expectPublished();

    const ofPostgres = (await slices()).filter(({ metadata }) => metadata?.labels?.component === 'postgres');
    expect(
      Object.fromEntries(
        ofPostgres.map(({ addressType, endpoints }) => [
          addressType,
          endpoints.flatMap((each) => each.addresses),
        ]),
      ),
    ).toEqual({ IPv4: ['10.20.0.1', '10.20.0.2'], IPv6: ['fd20::1'] });
  });

  it('publishes nothing before the proxies are there, and nothing else than before where they cannot be made', async () => {
    const refuse = rig.hub.faults.inject(
      { kind: 'status', status: 403 },
      { when: ({ method, path }) => method === 'PATCH' && path.includes('endpointslices') },
    );
    await start();
    await eventually(async () => expect(await services()).toHaveLength(4));
    await eventually(async () => expect(await problems()).toContain('OutputFailed outputs/lens-proxies'));
    expect(await rig.aggregate.data()).toEqual(new Map());

    refuse();
    await eventually(async () => expect(await published('postgres')).toBeDefined(), { timeoutMs: 15_000 });
    expect(await targets()).toEqual(ALL);
  });

  it('follows the control-plane nodes that are ready, without a write of the aggregate', async () => {
    await start();
    await expectPublished();
    const version = async () => (await rig.aggregate.read())?.metadata?.resourceVersion;
    const before = await version();

    await putNode('n1', [['InternalIP', '10.20.0.1']], { ready: false });
    await eventually(async () =>
      expect((await targets())[1]).toBe('primus-lens-postgres-east-ipv4 30432: 10.20.0.2'),
    );
    await putNode('n2', [['InternalIP', '10.20.0.9']]);
    await eventually(async () =>
      expect((await targets())[1]).toBe('primus-lens-postgres-east-ipv4 30432: 10.20.0.9'),
    );
    await putNode('n4', [['InternalIP', '10.20.0.4']], { role: 'master' });
    await eventually(async () =>
      expect((await targets())[1]).toBe('primus-lens-postgres-east-ipv4 30432: 10.20.0.4, 10.20.0.9'),
    );

    expect(await version()).toBe(before);
  });

  it('keeps the last-known-good addresses when no node is ready, or none can be listed', async () => {
    await start();
    await expectPublished();

    await putNode('n1', [['InternalIP', '10.20.0.1']], { ready: false });
    await putNode('n2', [['InternalIP', '10.20.0.2']], { ready: false });
    await rig.source.edit(lensSource({ password: 'changed' }));

    await expectPublished({ password: 'changed' });
    expect((await targets())[1]).toMatch(/30432: 10\.20\.0\.[12](, 10\.20\.0\.2)?$/);
  });

  it('knows them after a restart, too, from the slices on the hub', async () => {
    const service = await start();
    await expectPublished();
    await service.close();
    await rig.registry.edit({ east: rig.entry() });
    await rig.source.edit(lensSource({ password: 'changed' }));

    await start();

    await expectPublished({ password: 'changed' });
    expect(await targets()).toEqual(ALL);
    await eventually(async () =>
      expect(await problems()).toEqual(['ProxyAddressesStale extensions/lens-proxies/cluster/east']),
    );
  });

  it('leaves out nodes as the setting of the predecessor says', async () => {
    await start({ MCCE_X_LENS_PROXIES_EXCLUDE_CONTROL_PLANE_NODES: 'west:n2;east:n1' });
    await expectPublished();

    expect((await targets())[1]).toBe('primus-lens-postgres-east-ipv4 30432: 10.20.0.2');
  });

  it('uses the addresses that the operator has set, and needs no nodes then', async () => {
    await rig.registry.edit({ east: rig.entry() });
    await start({ MCCE_X_LENS_PROXIES_ADDRESSES: 'east=192.0.2.7' });
    await expectPublished();

    expect((await targets())[1]).toBe('primus-lens-postgres-east-ipv4 30432: 192.0.2.7');
    expect(await problems()).toEqual([]);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['link-local', '169.254.169.254'],
    ["the hub's ranges", '10.20.99.7'],
    ['IPv6 loopback', '::1'],
    ['IPv4 in IPv6', '::ffff:10.20.99.7'],
    ['somewhere else', '203.0.113.1'],
  ])('points to no node at %s', async (_where, ip) => {
    await putNode('n1', [['InternalIP', ip]]);
    await putNode('n2', [['InternalIP', ip]]);
    await start();

    await eventually(async () =>
      expect(await problems()).toContainEqual(expect.stringMatching(/^ProxyAddress(Refused|esUnknown) /)),
    );
    expect(await slices()).toEqual([]);
    expect(await rig.aggregate.data()).toEqual(new Map());
  });

  it('keeps what readers use when a cluster turns hostile, and points nowhere else', async () => {
    await start();
    await expectPublished();
    const before = await published('postgres');

    await putNode('n1', [['InternalIP', '127.0.0.1']]);
    await putNode('n2', [['InternalIP', '10.20.99.1']]);
    await rig.source.edit(lensSource({ ports: { postgres: 6443 } }));

    await eventually(async () => expect(await problems()).toContain('SourceInvalid cluster/east'));
    await eventually(async () =>
      expect(await problems()).toContain('ProxyAddressRefused extensions/lens-proxies/cluster/east'),
    );
    expect(await published('postgres')).toEqual(before);
    for (const each of await targets()) expect(each).toMatch(/: 10\.20\.0\.[12](, 10\.20\.0\.2)?$/);
  });

  it('goes with a component once the aggregate names it no more, and with the cluster', async () => {
    await start();
    await expectPublished();

    await rig.source.edit(lensSource({ ports: { opensearch: 0 } }));
    await eventually(async () => expect(await targets()).toEqual(ALL.slice(1)));
    expect(await published('opensearch')).not.toHaveProperty('service');
    await eventually(async () =>
      expect(await problems()).toEqual(['ProxyIncomplete extensions/lens-proxies/cluster/east']),
    );

    await rig.registry.edit({ east: null, west: rig.entry([NODES_RULE]) });
    await eventually(async () =>
      expect((await services()).map(({ metadata }) => metadata?.labels?.cluster)).toEqual([
        'west',
        'west',
        'west',
      ]),
    );
    await eventually(async () =>
      expect((await slices()).map(({ metadata }) => metadata?.labels?.cluster)).toEqual([
        'west',
        'west',
        'west',
      ]),
    );
  });

  it('is there for as long as the aggregate names it: at no moment is a Service missing', async () => {
    await start();
    await expectPublished();
    const gaps: string[] = [];
    const stop = rig.hub.store.subscribe(({ type, object }) => {
      if (type !== 'DELETED' || object.kind !== 'Service') return;
      const data = rig.hub.store.get(
        { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
        'default',
        'multi-storage-config',
      ).data;
      for (const value of Object.values(data ?? {}))
        if (
          Buffer.from(value, 'base64')
            .toString()
            .includes(object.metadata?.name ?? '')
        )
          gaps.push(object.metadata?.name ?? '');
    });

    await rig.source.edit(lensSource({ ports: { opensearch: 0, postgres: 0 } }));
    await eventually(async () => expect(await services()).toHaveLength(2));
    await rig.source.edit(lensSource());
    await eventually(async () => expect(await targets()).toEqual(ALL));
    await rig.registry.edit({ east: null, west: rig.entry([NODES_RULE]) });
    await eventually(async () =>
      expect((await services()).every(({ metadata }) => metadata?.labels?.cluster === 'west')).toBe(true),
    );
    stop();

    expect(gaps).toEqual([]);
  });

  it('moves with a node port: the content waits for its proxy', async () => {
    await start();
    await expectPublished();

    await rig.source.edit(lensSource({ password: 'changed', ports: { postgres: 31_000 } }));

    await expectPublished({ password: 'changed', node_port: 31_000 });
    expect((await targets())[1]).toBe(`primus-lens-postgres-east-ipv4 31000: ${BOTH}`);
  });

  it('is restored, and survives that the source cannot be read after a restart', async () => {
    const service = await start();
    await expectPublished();
    await rig.hub.admin.must('DELETE', `${SERVICES}/primus-lens-postgres-east`);
    await rig.hub.admin.must('DELETE', `${SLICES}/primus-lens-postgres-east-ipv4`);
    await eventually(async () => expect(await targets()).toEqual(ALL));
    await eventually(async () => expect(await services()).toHaveLength(4));
    await service.close();
    await rig.east.refuse();

    await start();

    await eventually(async () => expect((await rig.status()).counts.stale).toBe(1), { timeoutMs: 15_000 });
    await eventually(async () => expect((await rig.status()).outputs).toMatchObject([{ state: 'current' }]));
    expect(await targets()).toEqual(ALL);
    expect(await services()).toHaveLength(4);
  });

  it('gives clusters whose names do not fit a Service of their own', async () => {
    const name = `EU.${'x'.repeat(70)}`;
    await rig.registry.edit({ [name]: rig.entry([NODES_RULE]) });
    await start();

    await eventually(async () => expect(await services()).toHaveLength(8));
    await eventually(async () => expect(await published('postgres', name)).toBeDefined());
    const service = (await published('postgres', name))?.service;
    expect((await services()).map(({ metadata }) => metadata?.name)).toContain(service);
  });

  it('leaves the hub itself as it is where the operator says so', async () => {
    await start({ MCCE_X_LENS_PROXIES_UNCHANGED: 'east' });

    await eventually(async () =>
      expect(await published('postgres')).toMatchObject({ service: 'primus-lens-ha' }),
    );
    expect(await services()).toEqual([]);
  });

  describe('where the predecessor was', () => {
    const PORTS: Record<string, [number, number]> = {
      opensearch: [9200, 30920],
      'prometheus-write': [9090, 30480],
      'prometheus-read': [9090, 30481],
      postgres: [5432, 30432],
    };
    const create = async ({ service, endpoints }: ReturnType<typeof predecessorProxy>) => {
      await rig.hub.admin.must('POST', SERVICES, { body: service });
      await rig.hub.admin.must('POST', ENDPOINTS, { body: endpoints });
    };
    const createAll = async () => {
      for (const [component, [port, nodePort]] of Object.entries(PORTS))
        await create(predecessorProxy(component, 'east', { port, nodePort, ips: ['10.20.0.1'] }));
    };
    const uids = async () =>
      Object.fromEntries((await services()).map(({ metadata }) => [metadata?.name, metadata?.uid]));

    it('adopts its Services in place, and cleans its Endpoints up once slices are there', async () => {
      await createAll();
      const before = await uids();
      const order: string[] = [];
      const stop = rig.hub.store.subscribe(({ type, object: { kind, metadata } }) =>
        order.push(`${type} ${kind} ${metadata?.name}`),
      );
      await start();

      await expectPublished();
      await eventually(async () => expect(await items(ENDPOINTS)).toEqual([]));
      stop();
      expect(await uids()).toEqual(before);
      expect(await targets()).toEqual(ALL);
      for (const component of COMPONENTS) {
        const name = `primus-lens-${component}-east`;
        expect(order.indexOf(`ADDED EndpointSlice ${name}-ipv4`)).toBeGreaterThan(-1);
        expect(order.indexOf(`DELETED Endpoints ${name}`)).toBeGreaterThan(
          order.indexOf(`ADDED EndpointSlice ${name}-ipv4`),
        );
      }
      expect(order.filter((each) => each.startsWith('DELETED Service'))).toEqual([]);
      await eventually(async () => expect(await problems()).toEqual([]));
    });

    it('leaves a Service of vmselect alone, and uses it', async () => {
      await createAll();
      const path = `${SERVICES}/primus-lens-prometheus-read-east`;
      const selector = { 'app.kubernetes.io/name': 'vmselect', 'app.kubernetes.io/instance': 'east' };
      await rig.hub.admin.must('PATCH', path, { body: { spec: { selector } }, contentType: MERGE });
      const before = await rig.hub.admin.must('GET', path);
      await start();

      await expectPublished();
      expect(await published('prometheus')).toMatchObject({
        read_service: 'primus-lens-prometheus-read-east',
        read_port: 9090,
      });
      expect(await rig.hub.admin.must('GET', path)).toEqual(before);
      expect(await targets()).toEqual(ALL.filter((each) => !each.includes('prometheus-read')));
      // Those of its pods, which Kubernetes keeps.
      await eventually(async () =>
        expect((await items(ENDPOINTS)).map(({ metadata }) => metadata?.name)).toEqual([
          'primus-lens-prometheus-read-east',
        ]),
      );
      await eventually(async () => expect(await problems()).toEqual([]));
    });

    it('does not take a Service of somebody else, and publishes nothing that names it', async () => {
      const { service } = predecessorProxy('postgres', 'east', { port: 5432, nodePort: 1, ips: [] });
      await rig.hub.admin.must('POST', SERVICES, {
        body: { ...service, metadata: { name: service.metadata?.name, labels: { app: 'billing' } } },
      });
      await start();

      await eventually(async () => expect(await problems()).toContain('OutputFailed outputs/lens-proxies'));
      expect(await rig.aggregate.data()).toEqual(new Map());
      const { metadata } = await rig.hub.admin.must('GET', `${SERVICES}/primus-lens-postgres-east`);
      expect(metadata?.labels).toEqual({ app: 'billing' });
    });
  });
});
