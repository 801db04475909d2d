import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenClaims } from '../../src/kube/objects/token-claims.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { Gateway } from '../support/gateway.ts';
import { mcce } from '../support/mcce.ts';
import { Fleet } from './fleet.ts';
import { deleteMadeByMcce } from './made-by-mcce.ts';

const RBAC = 'rbac.authorization.k8s.io';
const EXPORTER = 'multi-cluster-config-exporter';
const READER = `${EXPORTER}-reader`;
const REGISTRY_PATH = '/api/v1/namespaces/default/secrets/multi-k8s-config';
const TOKEN_PATH = `/api/v1/namespaces/default/serviceaccounts/${READER}/token`;
const REFUSED = 'RenewalRefused extensions/token-renewal/cluster/east';
const SOURCE_PATH = '/api/v1/namespaces/default/secrets/storage-config';

/** The shortest tokens there are, which come due after a hundredth of their life: 6 s. */
const SETTINGS = {
  MCCE_EXTENSIONS: 'token-renewal',
  MCCE_X_TOKEN_RENEWAL_DURATION: '10m',
  MCCE_X_TOKEN_RENEWAL_AT: '1%',
};

describe('token-renewal', () => {
  let fleet: Fleet;
  /** Ways to cluster and hub on which a request can be held. */
  let toEast: Gateway;
  let toHub: Gateway;
  let changing: NodeJS.Timeout | undefined;
  let exporters: ExporterProcess[];
  let revision: number;

  beforeAll(async () => {
    fleet = await Fleet.start(['east'], { east: ['--service-account-max-token-expiration=1h'] });
  });

  beforeEach(async () => {
    exporters = [];
    revision = 0;
    const { hub } = fleet;
    const east = fleet.cluster('east');
    toEast = await Gateway.to({ url: east.url, ca: east.authority.cert });
    toHub = await Gateway.to({ url: hub.url, ca: hub.authority.cert });
    await grantRenewal();
    await grantPatch(['patch']);
    await fleet.source('east').create({ revision: '0' });
  });

  afterEach(async () => {
    clearInterval(changing);
    try {
      for (const exporter of exporters) expect(refusedReads(exporter)).not.toContain('east');
    } finally {
      await fleet.reset();
      await Promise.all([toEast.stop(), toHub.stop()]);
      await fleet.cluster('east').admin.request('DELETE', '/api/v1/namespaces/default/secrets/bound');
    }
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  const grant = async (
    server: { admin: Fleet['hub']['admin'] },
    account: string,
    name: string,
    rule: object,
  ) =>
    await server.admin.apply([
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata: { name, namespace: 'default' },
        rules: [rule],
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace: 'default' },
        roleRef: { apiGroup: RBAC, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
      },
    ]);
  const grantRenewal = async (verbs: string[] = ['create']) =>
    await grant(fleet.cluster('east'), READER, 'renewal', {
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [READER],
      verbs: verbs.length > 0 ? verbs : ['get'],
    });
  const grantPatch = async (verbs: string[]) => {
    for (const account of [EXPORTER, 'replica-0', 'replica-1'])
      await grant(fleet.hub, account, `renewal-${account}`, {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['multi-k8s-config'],
        verbs,
      });
  };
  const boundAccess = async () => {
    const { admin } = fleet.cluster('east');
    const secrets = '/api/v1/namespaces/default/secrets';
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bound' } };
    const secret = await admin.must('POST', secrets, { body });
    const { status } = await admin.must('POST', TOKEN_PATH, {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds: 600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bound', uid: secret.metadata?.uid },
        },
      },
    });
    return { server: toEast.url, ca: toEast.ca, token: (status as { token: string }).token };
  };
  const tokenOf = (entry = '') => /[\w-]+\.[\w-]+\.[\w-]{40,}/.exec(entry)?.[0];
  const token = async (name: string) => tokenOf((await fleet.registry.data()).get(name));
  const secondsOf = (text: string | undefined) => {
    const { issued, expires } = tokenClaims(text);
    return ((expires?.getTime() ?? 0) - (issued?.getTime() ?? 0)) / 1_000;
  };
  const start = async (settings: Record<string, string> = {}, account?: string) => {
    const bearer = account === undefined ? await fleet.exporterToken() : await fleet.replicaToken(account);
    const exporter = await startAt(bearer, settings);
    exporters.push(exporter);
    return exporter;
  };
  /** By way of the gateway, with its authority. */
  const startAt = async (bearer: string, settings: Record<string, string>) => {
    const { authority } = fleet.hub;
    const { cert } = authority;
    Object.defineProperty(authority, 'cert', { value: toHub.ca, configurable: true });
    try {
      return await fleet.startExporter({ ...SETTINGS, ...settings }, { token: bearer, server: toHub.url });
    } finally {
      Object.defineProperty(authority, 'cert', { value: cert, configurable: true });
    }
  };
  const changeSources = () => {
    changing = setInterval(() => void fleet.source('east').edit({ revision: String(++revision) }), 500);
  };
  const expectProgress = async () => {
    const before = revision;
    await eventually(async () => {
      const { revision: value = '' } = JSON.parse((await fleet.aggregate.data()).get('east') ?? '{}') as {
        revision?: string;
      };
      expect(Number(Buffer.from(value, 'base64').toString())).toBeGreaterThan(before);
    });
  };
  const expectRenewed = async (before: string | undefined, timeoutMs = 20_000) =>
    await eventually(
      async () => {
        const now = await token('east');
        expect(now).not.toBe(before);
        return now;
      },
      { timeoutMs },
    );
  /** Clusters of which a read failed with 401. */
  const refusedReads = (exporter: ExporterProcess) =>
    exporter.output
      .split('\n')
      .filter((line) => line.includes('"reason":"unauthorized"'))
      .map((line) => (JSON.parse(line) as { cluster?: string }).cluster);
  const problems = async (exporter: ExporterProcess) =>
    (await exporter.status()).problems.map(({ code, subject }) => `${code} ${subject}`);

  it('renews again and again while sources change, keeps what a token is bound to, and touches nothing else', async () => {
    const access = await boundAccess();
    const foreign = primusLensEntry({ ...access, token: 'opaque' });
    await fleet.registry.create(
      { east: kubeconfigEntry(access), foreign, broken: '{' },
      { metadata: { name: 'multi-k8s-config', annotations: { 'of.somebody/else': 'stays' } } },
    );
    const exporter = await start();
    changeSources();

    let last: string | undefined = access.token;
    for (let round = 0; round < 3; round++) {
      last = await expectRenewed(last);
      await expectProgress();
    }

    const { secret: before } = tokenClaims(access.token);
    expect(before?.uid).toBeDefined();
    expect(tokenClaims(last).secret).toEqual(before);
    expect(secondsOf(last)).toBe(600);
    const data = await fleet.registry.data();
    expect(data.get('east')).toBe(kubeconfigEntry({ ...access, token: (await token('east')) ?? '' }));
    expect([data.get('foreign'), data.get('broken')]).toEqual([foreign, '{']);
    expect((await fleet.registry.read())?.metadata?.annotations).toEqual({ 'of.somebody/else': 'stays' });
    expect((await exporter.cluster('east')).state).toBe('synced');
    expect((await exporter.get('/metrics')).text).toMatch(
      /^mcce_token_renewals_total\{result="renewed"\} ([3-9]|\d\d)$/m,
    );
    expect(exporter.output).not.toContain(last ?? 'a token');
    // The cluster refuses the opaque token, so that refusals would be seen.
    expect(refusedReads(exporter)).toContain('foreign');
  });

  it.each([['--renew'], []])('mcce cluster add %s lets a token be renewed, or does not', async (...renew) => {
    const { admin, url, kubeconfig } = fleet.cluster('east');
    const environment = { KUBECONFIG: [fleet.hub.kubeconfig, kubeconfig].join(':') };
    const add = ['cluster', 'add', 'east', '--server', url, '--duration', '10m', ...renew];
    await fleet.registry.create({ other: '{}' });
    try {
      expect(await mcce(add, environment)).toMatchObject({ code: 0 });
      const before = await token('east');
      const exporter = await start();

      if (renew.length > 0) await expectRenewed(before);
      else
        await eventually(async () => expect(await problems(exporter)).toContain(REFUSED), {
          timeoutMs: 20_000,
        });
    } finally {
      await deleteMadeByMcce(admin);
    }
  });

  it('takes what it gets where the API server caps tokens', async () => {
    const access = await boundAccess();
    await fleet.registry.create({ east: primusLensEntry(access) });
    await start({ MCCE_X_TOKEN_RENEWAL_DURATION: '24h' });

    expect(secondsOf(await expectRenewed(access.token))).toBe(3_600);
  });

  it('a refused renewal is a problem, changes nothing, and ends when the permission is there', async () => {
    await grantRenewal([]);
    const access = await boundAccess();
    const entry = primusLensEntry(access);
    await fleet.registry.create({ east: entry });
    const exporter = await start();

    await eventually(async () => expect(await problems(exporter)).toContain(REFUSED), { timeoutMs: 20_000 });
    expect((await fleet.registry.data()).get('east')).toBe(entry);
    expect((await exporter.cluster('east')).state).toBe('synced');
    await grantRenewal();
    await fleet.registry.edit({ east: `${entry} ` });
    await expectRenewed(access.token);
    await eventually(async () => expect(await problems(exporter)).toEqual([]));
  });

  it('without patch on the registry it says so', async () => {
    await grantPatch(['get']);
    const access = await boundAccess();
    await fleet.registry.create({ east: primusLensEntry(access) });
    const exporter = await start();

    await eventually(
      async () =>
        expect((await exporter.status()).problems.map(({ message }) => message).join(' ')).toContain(
          'could not be written into the registry',
        ),
      { timeoutMs: 20_000 },
    );
  });

  it('a token that does not read the source is not written', async () => {
    const access = await boundAccess();
    const entry = primusLensEntry(access);
    await fleet.registry.create({ east: entry });
    let requested = false;
    let proofs = 0;
    toEast.guard = (request) => {
      if (request === `POST ${TOKEN_PATH}`) requested = true;
      if (requested && request === `GET ${SOURCE_PATH}`) {
        proofs++;
        throw new Error('the connection breaks');
      }
    };
    const exporter = await start();

    await eventually(
      async () =>
        expect(await problems(exporter)).toContain('RenewalFailed extensions/token-renewal/cluster/east'),
      { timeoutMs: 20_000 },
    );
    expect(proofs).toBeGreaterThan(0);
    expect((await fleet.registry.data()).get('east')).toBe(entry);
  });

  it.each([
    ['others change, and stays theirs', { west: '{}' }, true],
    ['the entry itself changes, and theirs stays', undefined, false],
  ])('somebody edits the registry before the write: %s', async (_case, edit, renews) => {
    const access = await boundAccess();
    await fleet.registry.create({ east: primusLensEntry(access), west: '{"host": "x"}' });
    const theirs = primusLensEntry(access, { tlsServerName: '127.0.0.1' });
    let edits = 0;
    toHub.guard = async (request) => {
      if (request !== `PATCH ${REGISTRY_PATH}` || edits++ > 0) return;
      await fleet.registry.edit(edit ?? { east: theirs });
    };
    const exporter = await start();

    await eventually(() => expect(edits).toBeGreaterThan(0), { timeoutMs: 20_000 });
    const counted = renews ? 'renewed' : 'dropped';
    await eventually(async () =>
      expect((await exporter.get('/metrics')).text).toContain(
        `mcce_token_renewals_total{result="${counted}"} 1`,
      ),
    );
    if (renews) {
      expect(await token('east')).not.toBe(access.token);
      expect((await fleet.registry.data()).get('west')).toBe('{}');
    } else {
      // Theirs is renewed in its turn, and keeps the field that they wrote.
      await expectRenewed(access.token);
      expect((await fleet.registry.data()).get('east')).toContain('"tlsServerName":"127.0.0.1"');
    }
  });

  it.each([
    ['while it asks for the token', 'east', (request: string) => request === `POST ${TOKEN_PATH}`],
    ['while it proves the token', 'east', (request: string) => request === `GET ${SOURCE_PATH}`],
    ['while it writes', 'hub', (request: string) => request === `PATCH ${REGISTRY_PATH}`],
  ])('the leader is killed %s: the other one renews', async (_case, where, isHeld) => {
    const access = await boundAccess();
    await fleet.registry.create({ east: primusLensEntry(access) });
    const election = { MCCE_LEADER_ELECTION: 'true' };
    const [first, second] = [await start(election, 'replica-0'), await start(election, 'replica-1')];
    await Promise.all([first.waitUntilReady(), second.waitUntilReady()]);
    const leads = (await first.status()).leadership.role === 'leader';
    const [leader, standby] = leads ? [first, second] : [second, first];
    changeSources();
    await expectProgress();
    const held = Promise.withResolvers<void>();
    let holding = true;
    // The source was read and is watched by now: a GET of it is the proof.
    (where === 'east' ? toEast : toHub).guard = async (request) => {
      if (!holding || !isHeld(request)) return;
      holding = false;
      held.resolve();
      await delay(60_000, undefined, { ref: false });
    };

    await held.promise;
    await leader.stop('SIGKILL');
    const before = await token('east');
    await expectRenewed(before, 40_000);
    await expectProgress();

    expect((await standby.status()).leadership.role).toBe('leader');
    expect((await standby.cluster('east')).state).toBe('synced');
  });
});
