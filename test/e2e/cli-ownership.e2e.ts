import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigFor } from '../support/exporter-process.ts';
import { freePort } from '../support/free-port.ts';
import { Gateway } from '../support/gateway.ts';
import { MCCE, mcce as runMcce } from '../support/mcce.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { Fleet, installSettings } from './fleet.ts';
import { deleteMadeByMcce, madeByMcce, RBAC } from './made-by-mcce.ts';

const READER = 'multi-cluster-config-exporter-reader';
const SECRETS = '/api/v1/namespaces/default/secrets';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
/** How long an API server believes a token that it has seen. */
const TOKEN_CACHE_MS = 15_000;

describe('mcce, whose things it touches', () => {
  /** `second` is another hub. No token of `west` lasts longer than an hour. */
  let fleet: Fleet;
  let second: SecretEditor;
  let folder: string;
  let environment: Record<string, string>;
  let gateways: Gateway[];

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west', 'second'], {
      west: ['--service-account-max-token-expiration=1h'],
    });
    second = new SecretEditor(fleet.cluster('second').admin, 'multi-k8s-config');
    await installSettings(fleet.cluster('second').admin);
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-ownership-'));
    gateways = [];
    const kubeconfigs = [fleet.hub, ...fleet.clusters.values()].map(({ kubeconfig }) => kubeconfig);
    environment = { HOME: folder, KUBECONFIG: kubeconfigs.join(':') };
    for (const name of ['east', 'west']) await fleet.source(name).create({ postgres: 'one' });
  });

  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await rm(folder, { recursive: true, force: true });
    await fleet.reset();
    if (await second.read()) await second.delete();
    for (const { admin } of fleet.clusters.values()) await deleteMadeByMcce(admin);
  });

  const mcce = async (...args: string[]) => await runMcce(args, environment);
  const add = async (context: string, ...args: string[]) =>
    await mcce('cluster', 'add', context, '--server', fleet.cluster(context).url, ...args);
  const entry = async (name: string) => (await fleet.registry.data()).get(name) ?? '';
  const tokenOf = (text: string) => (JSON.parse(text) as { bearerToken: string }).bearerToken;
  const madeIn = async (name: string) => await madeByMcce(fleet.cluster(name).admin);
  const readersIn = async (name: string) =>
    [...new Set((await madeIn(name)).map(({ metadata }) => metadata?.name ?? ''))].toSorted();
  /** What a token is good for in a cluster: the status of an answer. */
  const readsWith = async (token: string, name = 'east') =>
    (await fleet.cluster(name).admin.request('GET', `${SECRETS}/storage-config`, { token })).status;
  const ends = async (token: string, name = 'east') =>
    await eventually(async () => expect(await readsWith(token, name)).toBe(401), {
      timeoutMs: TOKEN_CACHE_MS,
    });

  /** A context of this name that leads to a server by a gateway. */
  const givenGateway = async (context: string, server: string): Promise<Gateway> => {
    const { url, authority, kubeconfig } = server === 'hub' ? fleet.hub : fleet.cluster(server);
    const gateway = await Gateway.to({ url, ca: authority.cert });
    gateways.push(gateway);
    const { users } = load(await readFile(kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] };
    const access = { server: gateway.url, ca: gateway.ca, token: users[0].user.token };
    const config = JSON.stringify(kubeconfigFor(access))
      .replaceAll('"hub"', `"${context}"`)
      .replaceAll('"exporter"', `"${context}-user"`);
    const file = join(folder, `${context}.kubeconfig`);
    await writeFile(file, config, { mode: 0o600 });
    environment.KUBECONFIG += `:${file}`;
    return gateway;
  };

  /** Runs a command, presses Ctrl-C as soon as a request arrives at the gateway, and lets the request through only after that. */
  const interrupted = async (
    gateway: Gateway,
    isReached: (request: string) => boolean,
    args: readonly string[],
  ) => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    gateway.guard = async (request) => {
      if (!isReached(request)) return;
      reached.resolve();
      await released.promise;
    };
    const running = new Child(process.execPath, [MCCE, ...args], {
      env: { PATH: process.env.PATH, ...environment },
    });
    await reached.promise;
    running.process.kill('SIGINT');
    // It has to arrive before the answer does.
    await new Promise((resolve) => setTimeout(resolve, 200));
    released.resolve();
    return { code: await running.ended, output: running.output };
  };
  const INTERRUPTED = 'mcce: SIGINT ended it before it was done.\n';

  describe('two hubs', () => {
    it('do not share anything in a cluster, and neither takes what the other one has', async () => {
      await add('east');
      await mcce('--context', 'second', 'cluster', 'add', 'east', '--server', fleet.cluster('east').url);
      const [first, other] = [await entry('east'), (await second.data()).get('east') ?? ''].map(tokenOf);
      expect([await readsWith(first ?? ''), await readsWith(other ?? '')]).toEqual([200, 200]);

      const { code } = await mcce('--context', 'second', 'cluster', 'remove', 'east', '--purge', '--yes');

      expect(code).toBe(0);
      await ends(other ?? '');
      expect(await readsWith(first ?? '')).toBe(200);
      expect(await madeIn('east')).toHaveLength(4);
    });

    it('know nothing of the entries of each other: nothing is deleted', async () => {
      await add('east');
      const made = await madeIn('east');

      const onSecond = ['--context', 'second'];
      const { code, stderr } = await mcce(...onSecond, 'cluster', 'remove', 'east', '--purge', '--yes');

      expect(code).toBe(2);
      expect(stderr).toBe(
        'mcce: The registry has no cluster east; `mcce cluster list` shows those that it has. Nothing in the cluster was made for an entry east of this registry.\n',
      );
      expect(await madeIn('east')).toEqual(made);
    });
  });

  describe('rotate', () => {
    it('gives the exporter a new token, and ends the old one with all that belonged to it', async () => {
      await fleet.startExporter();
      await add('east');
      const old = tokenOf(await entry('east'));
      const [reader] = await readersIn('east');
      const { code, stdout } = await mcce('cluster', 'rotate', 'east');

      expect([code, stdout]).toEqual([0, 'cluster east has a new token\n']);
      const renewed = tokenOf(await entry('east'));
      expect(await readsWith(renewed)).toBe(200);
      await ends(old);
      expect(await madeIn('east')).toHaveLength(4);
      expect(await readersIn('east')).not.toContain(reader);
      await fleet.source('east').edit({ postgres: 'two' });
      await eventually(async () =>
        expect((await fleet.aggregate.data()).get('east')).toContain(Buffer.from('two').toString('base64')),
      );
    });

    it.each([
      ['POST', '/serviceaccounts'],
      ['POST', '/roles'],
      ['POST', '/rolebindings'],
      ['POST', '/secrets'],
      ['POST', '/token'],
    ])('keeps the old token and takes back the new one when Ctrl-C comes at %s %s', async (method, end) => {
      await add('east');
      const [before, made] = [await entry('east'), await madeIn('east')];
      const gateway = await givenGateway('gated', 'east');

      const { code, output } = await interrupted(
        gateway,
        (request) => request.startsWith(method) && request.endsWith(end),
        ['cluster', 'rotate', 'east', 'gated'],
      );

      expect([code, output]).toEqual([2, INTERRUPTED]);
      expect(await entry('east')).toBe(before);
      expect(await readsWith(tokenOf(before))).toBe(200);
      expect(await madeIn('east')).toEqual(made);
    });

    it('is carried through when Ctrl-C comes while the registry is written', async () => {
      await add('east');
      const old = tokenOf(await entry('east'));
      const gateway = await givenGateway('gated-hub', 'hub');

      const { code } = await interrupted(
        gateway,
        (request) => request.startsWith('PATCH') && request.endsWith('/multi-k8s-config'),
        ['cluster', 'rotate', 'east', '--context', 'gated-hub'],
      );

      expect(code).toBe(0);
      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
      await ends(old);
      expect(await madeIn('east')).toHaveLength(4);
    });

    it('keeps address and authority of the entry, and leaves a token alone that was made by hand', async () => {
      const { server, ca, token } = await fleet.access('east');
      const host = server.replace('127.0.0.1', 'localhost');
      await fleet.registry.create({
        main: JSON.stringify({ host, caData: ca, bearerToken: token, tlsServerName: 'east.test' }),
      });
      const { code, stderr } = await mcce('cluster', 'rotate', 'main', 'east');

      expect(code).toBe(0);
      expect(stderr).toContain(
        'warning: The old token was not made by mcce for this entry and stays valid until it expires.\n',
      );
      const { bearerToken, ...address } = JSON.parse(await entry('main')) as Record<string, string>;
      expect(address).toEqual({
        host,
        caData: Buffer.from(ca).toString('base64'),
        tlsServerName: 'east.test',
      });
      expect([await readsWith(bearerToken ?? ''), await readsWith(token)]).toEqual([200, 200]);
    });

    it.each(['rotate', 'purge'])('does nothing in a context that is another cluster: %s', async (what) => {
      await add('east');
      const before = await entry('east');
      const { code, stderr } = await mcce(
        ...(what === 'rotate'
          ? ['cluster', 'rotate', 'east', 'west']
          : ['cluster', 'remove', 'east', '--purge', 'west', '--yes']),
      );

      expect(code).toBe(2);
      expect(stderr).toMatch(/^mcce: The context west is not proven to be the cluster of the entry east: /);
      expect(await entry('east')).toBe(before);
      expect(await readsWith(tokenOf(before))).toBe(200);
      expect(await madeIn('west')).toEqual([]);
    });

    it('does nothing for a foreign entry behind an address that the hub alone reaches', async () => {
      const access = { ...(await fleet.access('west')), server: `https://127.0.0.1:${await freePort()}` };
      const far = JSON.stringify({ host: access.server, bearerToken: access.token });
      await fleet.registry.create({ far });
      const { code, stderr } = await mcce('cluster', 'rotate', 'far', 'east');

      expect(code).toBe(2);
      expect(stderr).toContain('is not proven to be the cluster of the entry far');
      expect(await entry('far')).toBe(far);
      expect(await madeIn('east')).toEqual([]);
    });

    it('takes the cluster for proven whose old token is there, by whatever address', async () => {
      const server = `https://127.0.0.1:${await freePort()}`;
      await mcce('cluster', 'add', 'east', '--name', 'main', '--server', server);
      const old = tokenOf(await entry('main'));

      const { code, stderr } = await mcce('cluster', 'rotate', 'main', 'east');

      expect(code).toBe(0);
      expect(stderr).toMatch(/warning: There is no way to https:\S+ from here/);
      expect(JSON.parse(await entry('main'))).toMatchObject({ host: server });
      await ends(old);
    });

    it('starts over when the entry changed in between, and leaves nothing of the first try behind', async () => {
      await add('east');
      const gateway = await givenGateway('gated', 'east');
      let changes = 0;
      gateway.guard = async (request) => {
        if (request.endsWith('/token') && changes++ === 0)
          await fleet.registry.edit({
            east: JSON.stringify({
              ...(JSON.parse(await entry('east')) as object),
              tlsServerName: 'east.test',
            }),
          });
      };

      const { code, stderr } = await mcce('cluster', 'rotate', 'east', 'gated');

      expect(code).toBe(0);
      expect(stderr).toContain('east: The registry changed in between; starting over.\n');
      expect(JSON.parse(await entry('east'))).toMatchObject({ tlsServerName: 'east.test' });
      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
      expect(await madeIn('east')).toHaveLength(4);
    });

    it('does not touch an entry that is refused: nobody knows what of it to keep', async () => {
      const refused = '{"host": "http://10.0.0.1", "bearerToken": "of a refused entry"}';
      await fleet.registry.create({ east: refused });
      const { code, stderr } = await mcce('cluster', 'rotate', 'east');

      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^mcce: The entry east is refused: .+ Correct the entry in the registry\. Or remove the cluster and add it again\.\n$/,
      );
      expect(await entry('east')).toBe(refused);
    });

    it.each([
      [['east'], 'The registry has no cluster east. `mcce cluster list` shows'],
      [[], 'Name a cluster, or say which are meant by --all or --expiring-within.'],
      [['east', '--all'], 'Name a cluster, or say which are meant by --all or --expiring-within.'],
      [['--all', '--finish'], '--export and --finish are for one cluster; name it.'],
    ])('says what is wrong with %j', async (args, message) => {
      const { code, stdout, stderr } = await mcce('cluster', 'rotate', ...args);

      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(message);
    });

    it('writes the entry into a file, and ends the old token only when it is told to', async () => {
      await add('east');
      const old = tokenOf(await entry('east'));
      const file = join(folder, 'east.yaml');
      // API servers tell the age of an object to the second: what is made within the same one is not older.
      await new Promise((resolve) => setTimeout(resolve, 1_100));

      const exported = await mcce('cluster', 'rotate', 'east', '--export', file);

      expect(exported.code).toBe(0);
      expect(exported.stderr).toContain('mcce cluster rotate east --finish');
      const written = (load(await readFile(file, 'utf8')) as { stringData: { east: string } }).stringData
        .east;
      expect(tokenOf(await entry('east'))).toBe(old);
      expect([await readsWith(old), await readsWith(tokenOf(written))]).toEqual([200, 200]);

      // The registry on the hub still has the old token, so the new one is not what is old.
      const early = await mcce('cluster', 'rotate', 'east', '--finish');
      expect(early).toMatchObject({ code: 0, stdout: 'cluster east has no older token\n' });
      expect(await readsWith(tokenOf(written))).toBe(200);

      await fleet.registry.edit({ east: written });
      const finished = await mcce('cluster', 'rotate', 'east', '--finish');

      expect(finished.code).toBe(0);
      expect(finished.stdout).toMatch(/^deleted Secret default\/multi-cluster-config-exporter-reader-/);
      await ends(old);
      expect(await readsWith(tokenOf(written))).toBe(200);
    });

    it('rotates a fleet, and tells in the end what failed', async () => {
      await add('east');
      await add('east', '--name', 'blue');
      await add('west');
      await fleet.registry.edit({ west: (await entry('west')).replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1') });
      const before = await fleet.registry.data();

      // Tokens of west last an hour, those of east a year.
      const soon = await mcce('cluster', 'rotate', '--expiring-within', '2h');
      const all = await mcce('cluster', 'rotate', '--all', '--duration', '1h');

      expect([soon.code, soon.stdout]).toEqual([
        0,
        'cluster west has a new token\nrotated 1 of 1 clusters\n',
      ]);
      expect(all.code).toBe(0);
      expect(all.stdout.split('\n').toSorted()).toEqual([
        '',
        'cluster blue has a new token',
        'cluster east has a new token',
        'cluster west has a new token',
        'rotated 3 of 3 clusters',
      ]);
      expect(all.stderr).toMatch(/^warning: \w+, \w+, \w+: The field "host" is a loopback/m);
      for (const [name, text] of before) expect(await entry(name)).not.toBe(text);

      await fleet.registry.edit({
        west: (await entry('west')).replace(/"bearerToken":"[^"]+"/, '"bearerToken":"x"'),
      });
      const partly = await mcce('cluster', 'rotate', '--all');
      expect(partly.code).toBe(2);
      expect(partly.stderr).toMatch(/^failed: west: The context west is not proven/m);
      expect(partly.stdout).toMatch(/^rotated 2 of 3 clusters$/m);
    });
  });

  describe('remove', () => {
    it('ends every token of the entry with --purge, and leaves alone what was made by hand', async () => {
      await add('east');
      await mcce('cluster', 'rotate', 'east');
      const token = tokenOf(await entry('east'));

      const { code, stdout } = await mcce('cluster', 'remove', 'east', '--yes', '--purge');

      expect(code).toBe(0);
      expect(stdout.match(/^deletes /gm)).toHaveLength(4);
      expect(stdout.match(/^deleted /gm)).toHaveLength(4);
      await ends(token);
      expect(await madeIn('east')).toEqual([]);
      // The ServiceAccount of docs/manifests/cluster-rbac.yaml.
      expect((await fleet.cluster('east').admin.request('GET', `${ACCOUNTS}/${READER}`)).status).toBe(200);
    });

    it('deletes nothing after a slip in the name', async () => {
      await add('east');
      const made = await madeIn('east');

      const { code, stderr } = await mcce('cluster', 'remove', 'esat', '--purge', 'east', '--yes');

      expect([code, stderr]).toEqual([2, expect.stringContaining('The registry has no cluster esat')]);
      expect(await madeIn('east')).toEqual(made);
    });

    it('leaves alone what belongs to another entry of the same cluster', async () => {
      await add('east');
      await add('east', '--name', 'blue');

      expect((await mcce('cluster', 'remove', 'blue', '--yes', '--purge')).code).toBe(0);

      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
      expect(await madeIn('east')).toHaveLength(4);
    });

    it('can be repeated for an entry that has gone, by naming what is to go', async () => {
      await add('east');
      const token = tokenOf(await entry('east'));
      await mcce('cluster', 'remove', 'east', '--yes');
      const [reader = ''] = await readersIn('east');

      const unsaid = await mcce('cluster', 'remove', 'east', '--yes', '--purge');
      const foreign = await mcce('cluster', 'remove', 'east', '--yes', '--purge', '--force', READER);
      expect([unsaid.code, foreign.code]).toEqual([2, 2]);
      expect(unsaid.stderr).toContain(`Delete it by --force ${reader}.`);
      expect(foreign.stderr).toContain(`mcce did not make ${READER} for an entry east.`);
      expect(await readsWith(token)).toBe(200);

      const forced = await mcce('cluster', 'remove', 'east', '--yes', '--purge', '--force', reader);

      expect(forced.code).toBe(0);
      await ends(token);
      expect(await madeIn('east')).toEqual([]);
    });

    it('says what could not be deleted, how to repeat it, and what was already gone', async () => {
      await add('east');
      const [reader = ''] = await readersIn('east');
      const gateway = await givenGateway('gated', 'east');
      gateway.guard = async (request) => {
        if (request === `DELETE ${RBAC}/rolebindings/${reader}`)
          await fleet.cluster('east').admin.must('DELETE', `${RBAC}/rolebindings/${reader}`);
        if (request === `DELETE ${RBAC}/roles/${reader}`) throw new Error('the connection is lost');
      };

      const { code, stderr } = await mcce('cluster', 'remove', 'east', '--yes', '--purge', 'gated');

      expect(code).toBe(2);
      expect(stderr).toContain(`warning: RoleBinding default/${reader} was already gone\n`);
      expect(stderr).toContain(`left in the cluster: Role default/${reader}. Deleting the Role`);
      expect(stderr).toMatch(new RegExp(`^mcce: Not everything .+ --force ${reader}\\n$`, 'm'));
      expect((await madeIn('east')).map(({ kind }) => kind)).toEqual(['roles']);
      expect(await entry('east')).toBe('');
    });

    it('loses nothing when what is to be purged cannot be reached', async () => {
      await add('east');
      const before = await entry('east');

      expect((await mcce('cluster', 'remove', 'east', '--yes', '--purge', 'nowhere')).code).toBe(2);
      expect(await entry('east')).toBe(before);
    });

    it('removes what it has shown: it starts over when the entry changed in between', async () => {
      await add('east');
      await add('west');
      const gateway = await givenGateway('gated-hub', 'hub');
      const changed = (await entry('east')).replace('{', '{ ');
      let changes = 0;
      gateway.guard = async (request) => {
        if (request === `PATCH ${SECRETS}/multi-k8s-config` && changes++ === 0)
          await fleet.registry.edit({ east: changed });
      };

      const { code, stdout, stderr } = await mcce(
        '--context',
        'gated-hub',
        'cluster',
        'remove',
        'east',
        '--yes',
      );

      expect([code, stderr]).toEqual([0, 'The registry changed in between; starting over.\n']);
      expect(stdout.match(/holds nothing of it/g)).toHaveLength(2);
      expect([...(await fleet.registry.data()).keys()]).toEqual(['west']);
    });

    it('shows what the aggregate loses, without a digest, and asks', async () => {
      await fleet.startExporter();
      await add('east');
      await add('west');
      await eventually(async () => expect((await fleet.aggregate.data()).size).toBe(2));
      const loss = /^the aggregate default\/multi-storage-config loses its key east: 19 bytes\n/;

      const preview = await mcce('cluster', 'remove', 'east', '--dry-run');
      expect([preview.code, preview.stdout]).toEqual([0, expect.stringMatching(loss)]);
      expect([...(await fleet.registry.data()).keys()].toSorted()).toEqual(['east', 'west']);
      const unasked = await mcce('cluster', 'remove', 'east');
      expect([unasked.code, unasked.stderr]).toEqual([
        2,
        'mcce: Nobody can be asked whether this is meant; say so with --yes.\n',
      ]);

      const { code, stdout } = await mcce('cluster', 'remove', 'east', '--yes');
      expect(code).toBe(0);
      expect(stdout).toMatch(/\ncluster east removed from default\/multi-k8s-config\n$/);
      await eventually(async () => expect([...(await fleet.aggregate.data()).keys()]).toEqual(['west']));
    });

    it('confirms what it removes, so that a fleet can be taken down one by one', async () => {
      const names = ['c1', 'c2', 'c3', 'c4', 'c5'];
      const entries = await Promise.all(names.map(async (name) => [name, await fleet.entry('east')]));
      await fleet.registry.create(Object.fromEntries(entries));
      const exporter = await fleet.startExporter();
      await eventually(async () => expect((await fleet.aggregate.data()).size).toBe(names.length));

      for (const name of names.slice(0, 4))
        expect((await mcce('cluster', 'remove', name, '--yes')).code).toBe(0);

      await eventually(async () => expect([...(await fleet.aggregate.data()).keys()]).toEqual(['c5']));
      expect((await exporter.status()).problems.map(({ code }) => code)).not.toContain('RemovalHeld');
    });

    it('says that the last one leaves the aggregate as it is', async () => {
      await add('east');

      expect((await mcce('cluster', 'remove', 'east', '--yes')).stdout).toMatch(
        /^it is the last usable entry: the aggregate default\/multi-storage-config stays as it is\nits credentials stay valid in the cluster until 20\S+Z; --purge ends those that mcce made\ncluster east removed from default\/multi-k8s-config\n$/,
      );
    });
  });

  describe('add', () => {
    it('warns of a token whose life the API server cuts short, with the real date', async () => {
      const { code, stderr } = await add('west', '--duration', '8760h');

      expect(code).toBe(0);
      expect(stderr).toMatch(
        /^warning: The API server gives no token for 365d: this one expires on 20\S+Z \(in (59|60)m\)\. Rotate it before then, or use --token-secret/m,
      );
    });

    it('makes a token Secret, whose token does not expire, where that is wanted', async () => {
      const { admin } = fleet.cluster('west');
      const adding = add('west', '--token-secret');
      // No token controller runs here.
      await eventually(async () => {
        const secret = (await admin.must('GET', SECRETS)).items?.find(
          ({ type }) => type === 'kubernetes.io/service-account-token',
        );
        const name = secret?.metadata?.name ?? '';
        expect(secret?.metadata?.annotations).toMatchObject({
          'kubernetes.io/service-account.name': name,
          'multi-cluster-config-exporter/entry': 'west',
        });
        const token = await fleet.cluster('west').serviceAccountToken('default', name);
        await admin.must('PATCH', `${SECRETS}/${name}`, {
          body: { data: { token: Buffer.from(token).toString('base64') } },
          contentType: 'application/merge-patch+json',
        });
      });

      expect((await adding).code).toBe(0);
      const token = tokenOf(await entry('west'));
      expect(await readsWith(token, 'west')).toBe(200);
      expect((await mcce('cluster', 'remove', 'west', '--purge', '--yes')).code).toBe(0);
      await ends(token, 'west');
      expect(await madeIn('west')).toEqual([]);
    });

    it('takes back what it made where a cluster writes no token into the Secret', async () => {
      const { code, stderr } = await add('east', '--token-secret');

      expect([code, stderr]).toEqual([2, expect.stringContaining('its token controller is off')]);
      expect(await madeIn('east')).toEqual([]);
    });

    it('makes nothing for a registry that has no room', async () => {
      await fleet.registry.create({ big: 'x'.repeat(1_047_000) });

      const { code, stderr } = await add('east');

      expect(code).toBe(2);
      expect(stderr).toMatch(/^mcce: The registry has no room for another entry: .+ Nothing was made\./);
      expect(await madeIn('east')).toEqual([]);
    });

    it('creates a registry where no exporter is installed only when that is meant', async () => {
      const namespace = 'empty';
      const { admin } = fleet.hub;
      await admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
      environment.MCCE_SOURCE_NAMESPACE = 'default';

      const unsaid = await add('east', '-n', namespace);
      expect(unsaid.code).toBe(2);
      expect(unsaid.stderr).toContain('mcce: No exporter is installed in the namespace empty');
      expect(await madeIn('east')).toEqual([]);
      const said = await add('east', '-n', namespace, '--yes');

      expect(said.code).toBe(0);
      expect(said.stderr).toContain('warning: No exporter is installed in the namespace empty');
      await admin.must('DELETE', `/api/v1/namespaces/${namespace}/secrets/multi-k8s-config`);
    });

    it.each([
      ['POST', '/serviceaccounts'],
      ['POST', '/roles'],
      ['POST', '/rolebindings'],
      ['POST', '/secrets'],
      ['POST', '/token'],
    ])('takes back what it made when Ctrl-C comes at %s %s', async (method, end) => {
      const gateway = await givenGateway('gated', 'east');
      const server = ['--server', fleet.cluster('east').url];

      const { code, output } = await interrupted(
        gateway,
        (request) => request.startsWith(method) && request.endsWith(end),
        ['cluster', 'add', 'gated', ...server],
      );

      expect([code, output]).toEqual([2, INTERRUPTED]);
      expect(await madeIn('east')).toEqual([]);
      expect(await fleet.registry.read()).toBeUndefined();
    });

    it.each([
      ['GET', 2],
      ['POST', 0],
    ] as const)('has no registry without a token when Ctrl-C comes at its %s', async (method, expected) => {
      const gateway = await givenGateway('gated-hub', 'hub');
      const server = ['--server', fleet.cluster('east').url, '--context', 'gated-hub'];

      const { code } = await interrupted(
        gateway,
        (request) => request.startsWith(method) && /\/secrets(\/multi-k8s-config)?$/.test(request),
        ['cluster', 'add', 'east', ...server],
      );

      expect(code).toBe(expected);
      // What was written is done; what was not is taken back.
      const added = expected === 0;
      expect(await madeIn('east')).toHaveLength(added ? 4 : 0);
      expect(await entry('east').catch(() => '')).toEqual(
        added ? expect.stringContaining('bearerToken') : '',
      );
    });
  });
});
