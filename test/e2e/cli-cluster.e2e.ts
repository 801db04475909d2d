import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { load } from 'js-yaml';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { mcce as runMcce } from '../support/mcce.ts';
import { Fleet } from './fleet.ts';

/** An entry that nobody may touch. */
const KEPT = '{"bearerToken": "kept as it is"}';
/** How long an API server believes a token that it has seen. */
const TOKEN_CACHE_MS = 15_000;
const READER = 'multi-cluster-config-exporter-reader';

// All API servers of the tests are on this machine, which is worth a warning: what goes well ends with 1.
describe('mcce cluster', () => {
  let fleet: Fleet;
  let folder: string;
  let environment: Record<string, string>;
  /** Every token that was in an entry; none may be printed. */
  const tokens = new Set<string>();

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-cli-'));
    const kubeconfigs = [fleet.hub, ...fleet.clusters.values()].map(({ kubeconfig }) => kubeconfig);
    environment = { HOME: folder, KUBECONFIG: kubeconfigs.join(':') };
    for (const name of ['east', 'west']) await fleet.source(name).create({ postgres: 'one' });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await fleet.reset();
    for (const cluster of fleet.clusters.values()) {
      const secrets = '/api/v1/namespaces/default/secrets?labelSelector=app.kubernetes.io/managed-by=mcce';
      await cluster.admin.must('DELETE', secrets);
    }
  });

  const mcce = async (...args: string[]) => {
    const outcome = await runMcce(args, environment);
    for (const entry of (await fleet.registry.data()).values()) tokens.add(tokenOf(entry));
    for (const token of tokens) expect(outcome.stdout + outcome.stderr).not.toContain(token);
    return outcome;
  };
  const tokenOf = (entry: string) => (JSON.parse(entry) as { bearerToken: string }).bearerToken;
  const entry = async (name: string) => (await fleet.registry.data()).get(name) ?? '';
  /** What a token is good for in a cluster: the status of an answer. */
  const readsWith = async (token: string, name = 'east') =>
    (
      await fleet
        .cluster(name)
        .admin.request('GET', '/api/v1/namespaces/default/secrets/storage-config', { token })
    ).status;

  describe('add', () => {
    it('lets the running exporter read a cluster, by one command', async () => {
      const exporter = await fleet.startExporter();
      const { code, stdout, stderr } = await mcce('cluster', 'add', 'east', '--duration', '1h');

      expect(stdout).toBe('cluster east added to default/multi-k8s-config\n');
      expect(stderr).toMatch(/^its token ends on \S+Z \(in 5\dm\)\nwarning: [^\n]+loopback[^\n]+\n$/);
      expect(code).toBe(1);
      await eventually(async () => expect([...(await fleet.aggregate.data()).keys()]).toEqual(['east']));
      expect(await exporter.cluster('east')).toMatchObject({ state: 'synced' });
    });

    it('grants nothing but to read the source, in a cluster where nothing was', async () => {
      const { admin } = fleet.cluster('east');
      const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/default`;
      for (const gone of [
        `${path}/roles/${READER}`,
        `${path}/rolebindings/${READER}`,
        `/api/v1/namespaces/default/serviceaccounts/${READER}`,
      ])
        await admin.must('DELETE', gone);

      expect((await mcce('cluster', 'add', 'east')).code).toBe(1);

      expect((await admin.must('GET', `${path}/roles/${READER}`)).rules).toEqual([
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['storage-config'],
          verbs: ['get', 'list', 'watch'],
        },
      ]);
      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
    });

    it('touches no other entry, not even when several are added at the same moment', async () => {
      await fleet.registry.create({ other: KEPT });
      const outcomes = await Promise.all([
        mcce('cluster', 'add', 'east', '--name', 'one'),
        mcce('cluster', 'add', 'west', '--name', 'two'),
        mcce('cluster', 'add', 'east', '--name', 'three'),
      ]);

      expect(outcomes.map(({ code }) => code)).toEqual([1, 1, 1]);
      const data = await fleet.registry.data();
      expect([...data.keys()].toSorted()).toEqual(['one', 'other', 'three', 'two']);
      expect(data.get('other')).toBe(KEPT);
    });

    it('creates the registry once, though two want to at the same moment', async () => {
      await Promise.all([mcce('cluster', 'add', 'east'), mcce('cluster', 'add', 'west')]);

      expect([...(await fleet.registry.data()).keys()].toSorted()).toEqual(['east', 'west']);
    });

    it('refuses a name that is taken, also when somebody takes it meanwhile, and leaves no token behind', async () => {
      const outcomes = await Promise.all([1, 2].map(() => mcce('cluster', 'add', 'east')));
      const first = await entry('east');
      const again = await mcce('cluster', 'add', 'east');

      expect(outcomes.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([1, 2]);
      expect(again).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'mcce: The registry has a cluster east already. Give it new credentials by `mcce cluster rotate east`, or choose another name with --name.\n',
      });
      expect(await entry('east')).toBe(first);
      expect(await tokenSecrets('east')).toHaveLength(1);
    });

    it('writes nothing when the new credentials do not read the source', async () => {
      const { code, stderr } = await mcce('cluster', 'add', 'east', '--server', fleet.cluster('west').url);

      expect(code).toBe(2);
      // West has another authority.
      expect(stderr).toMatch(
        /^mcce: Reading the source default\/storage-config at https:\S+ with the new credentials failed\. The server's certificate is not accepted/,
      );
      expect(await fleet.registry.read()).toBeUndefined();
      expect(await tokenSecrets('east')).toEqual([]);
    });

    it('takes an address that the hub alone can reach, and says that it was not tried', async () => {
      const { code, stderr } = await mcce(
        'cluster',
        'add',
        'east',
        '--server',
        `https://127.0.0.1:${await freePort()}`,
      );

      expect(code).toBe(1);
      expect(stderr).toMatch(
        /warning: There is no way to https:\S+ from here, so the token was tried at https:/,
      );
      expect(JSON.parse(await entry('east'))).toMatchObject({
        host: expect.not.stringContaining(fleet.cluster('east').url),
      });
    });

    it('says that a namespace does not exist, here or there', async () => {
      expect((await mcce('-n', 'nowhere', 'cluster', 'add', 'east')).stderr).toBe(
        'mcce: The namespace nowhere does not exist in the cluster; create it, or name that of the source by MCCE_SOURCE_NAMESPACE.\n',
      );
      environment.MCCE_SOURCE_NAMESPACE = 'default';
      expect((await mcce('-n', 'nowhere', 'cluster', 'add', 'east')).stderr).toBe(
        'mcce: The namespace nowhere does not exist on the hub; create it, or give another by -n.\n',
      );
      expect(await tokenSecrets('east')).toEqual([]);
    });

    it('adds a cluster whose source is not there yet, and says so', async () => {
      await fleet.source('east').delete();
      const { code, stderr } = await mcce('cluster', 'add', 'east');

      expect(code).toBe(1);
      expect(stderr).toContain(
        'warning: The source default/storage-config does not exist in the cluster yet.\n',
      );
      expect(await entry('east')).not.toBe('');
    });

    it('does nothing on a dry run but say what it would do', async () => {
      const { code, stdout } = await mcce('cluster', 'add', 'east', '--dry-run');

      expect(code).toBe(0);
      expect(stdout.split('\n')).toEqual([
        `would apply ServiceAccount default/${READER} by the context east`,
        `would apply Role default/${READER} by the context east`,
        `would apply RoleBinding default/${READER} by the context east`,
        'would make a token of it, and prove that it reads default/storage-config',
        'would write the entry east into default/multi-k8s-config on the hub',
        '',
      ]);
      expect(await fleet.registry.read()).toBeUndefined();
      expect(await tokenSecrets('east')).toEqual([]);
    });

    it('exports a manifest for its owner alone, in place of writing the registry', async () => {
      const file = join(folder, 'registry.yaml');
      const { code, stdout, stderr } = await mcce('cluster', 'add', 'east', '--export', file);

      expect([code, stdout]).toEqual([
        1,
        `manifest of default/multi-k8s-config with the entry east written to ${file}; it holds a token\n`,
      ]);
      const manifest = load(await readFile(file, 'utf8')) as { stringData: { east: string } } & KubeObject;
      expect(manifest).toMatchObject({
        kind: 'Secret',
        metadata: { name: 'multi-k8s-config', namespace: 'default' },
      });
      const token = tokenOf(manifest.stringData.east);
      expect(await readsWith(token)).toBe(200);
      expect(stdout + stderr).not.toContain(token);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await fleet.registry.read()).toBeUndefined();
      expect((await runMcce(['validate', '-f', file], environment)).stdout).toMatch(/^east +warning/m);
      expect((await mcce('cluster', 'add', 'east', '--export', file)).stderr).toContain(
        'is there already; name another',
      );
    });

    it.each([
      [['nowhere'], 'The kubeconfig has no context nowhere; it has hub, east, west.'],
      [['east', '--name', 'a/b'], 'The name a/b cannot be a key of a Secret'],
      [
        ['east', '--server', 'http://10.0.0.1'],
        'The exporter would refuse the entry. The field "host" must be an https:// address.',
      ],
      [
        ['east', '--duration', 'soon'],
        "option '--duration <time>' argument 'soon' is invalid. It is not a duration such as 30s, 5m or 8760h.",
      ],
      [['east', '--duration', '5m'], 'A token lives for 10m at least.'],
      [
        ['east', '--context', 'elsewhere'],
        'The kubeconfig has no context elsewhere; it has hub, east, west.',
      ],
      [[], "missing required argument 'context'"],
    ])('says what is wrong with %j', async (args, message) => {
      const { code, stdout, stderr } = await mcce('cluster', 'add', ...args);

      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(message);
      expect(await fleet.registry.read()).toBeUndefined();
    });

    it('names the permission that the operator lacks', async () => {
      const kubeconfig = join(folder, 'reader');
      await writeKubeconfigFor('east', kubeconfig);
      environment.KUBECONFIG = `${fleet.hub.kubeconfig}:${kubeconfig}`;

      expect(await mcce('cluster', 'add', 'limited')).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^mcce: Applying the ServiceAccount default\/multi-cluster-config-exporter-reader in the cluster is forbidden: the credentials lack the permission\.\n$/,
        ),
      });
    });

    it('says that a cluster is down', async () => {
      await fleet.cluster('west').kill();
      try {
        expect((await mcce('cluster', 'add', 'west')).stderr).toMatch(
          /^mcce: Applying the ServiceAccount .+ failed\. The server cannot be reached \(ECONNREFUSED\)\. Check its address/,
        );
      } finally {
        await fleet.cluster('west').start();
      }
    });
  });

  describe('list', () => {
    it('shows every entry with server, credentials and expiry, and no secret', async () => {
      await mcce('cluster', 'add', 'east', '--duration', '2h');
      await fleet.registry.edit({ bad: '{"host": "http://10.0.0.1", "bearerToken": "of a refused entry"}' });
      const { code, stdout } = await runMcce(['cluster', 'list'], environment);

      expect(code).toBe(1);
      expect(stdout).toMatch(
        new RegExp(
          `^NAME +VERDICT +CREDENTIALS +EXPIRES +SERVER\nbad +unsafe_entry\neast +warning +token +in 11\\dm +${fleet.cluster('east').url}\n$`,
        ),
      );
      const json = await runMcce(['cluster', 'list', '-o', 'json'], environment);
      expect(JSON.parse(json.stdout)).toMatchObject({
        apiVersion: 'multi-cluster-config-exporter/v1',
        kind: 'ClusterList',
        items: [
          { name: 'bad', verdict: 'refused' },
          { name: 'east', credentials: ['token'] },
        ],
      });
      expect(json.stdout).not.toContain(tokenOf(await entry('east')));
    });

    it('says that there is no registry', async () => {
      expect(await mcce('cluster', 'list')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('the Secret default/multi-k8s-config does not exist on the hub'),
      });
    });
  });

  describe('rotate', () => {
    it('gives the exporter a new token, and ends the old one', async () => {
      await fleet.startExporter();
      await mcce('cluster', 'add', 'east');
      const old = tokenOf(await entry('east'));
      const { code, stdout } = await mcce('cluster', 'rotate', 'east');

      expect([code, stdout]).toEqual([1, 'cluster east has a new token\n']);
      const renewed = tokenOf(await entry('east'));
      expect(renewed).not.toBe(old);
      expect(await readsWith(renewed)).toBe(200);
      await eventually(async () => expect(await readsWith(old)).toBe(401), { timeoutMs: TOKEN_CACHE_MS });
      await fleet.source('east').edit({ postgres: 'two' });
      await eventually(async () =>
        expect((await fleet.aggregate.data()).get('east')).toContain(Buffer.from('two').toString('base64')),
      );
    });

    it('keeps the address and authority of the entry, and leaves a token alone that is not its own', async () => {
      const { server, ca, token } = await fleet.access('east');
      const host = server.replace('127.0.0.1', 'localhost');
      await fleet.registry.create({
        main: JSON.stringify({ host, caData: ca, bearerToken: token, tlsServerName: 'east.test' }),
      });
      const { stderr } = await mcce('cluster', 'rotate', 'main', 'east');

      expect(stderr).toContain(
        'warning: The old token was not made by mcce and stays valid until its end.\n',
      );
      const { bearerToken, ...address } = JSON.parse(await entry('main')) as Record<string, string>;
      expect(address).toEqual({
        host,
        caData: Buffer.from(ca).toString('base64'),
        tlsServerName: 'east.test',
      });
      expect(await readsWith(bearerToken ?? '')).toBe(200);
      expect(await readsWith(token)).toBe(200);
    });

    it('changes nothing when the new token does not work for the entry: another cluster, say', async () => {
      await mcce('cluster', 'add', 'east');
      const before = await entry('east');
      const { code, stderr } = await mcce('cluster', 'rotate', 'east', 'west');

      expect(code).toBe(2);
      expect(stderr).toMatch(/with the new credentials failed\. The server does not accept the credentials/);
      expect(await entry('east')).toBe(before);
      expect(await readsWith(tokenOf(before))).toBe(200);
      expect(await tokenSecrets('west')).toEqual([]);
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

    it('says that there is no such cluster', async () => {
      expect(await mcce('cluster', 'rotate', 'east')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('The registry has no cluster east. `mcce cluster list` shows'),
      });
    });
  });

  describe('confirm-removal', () => {
    const names = ['c1', 'c2', 'c3', 'c4', 'c5'];

    /** A fleet whose registry has lost all clusters but one, and an exporter that holds their keys. */
    const givenTornRegistry = async () => {
      const entries = await Promise.all(names.map(async (name) => [name, await fleet.entry('east')]));
      await fleet.registry.create(Object.fromEntries(entries));
      const exporter = await fleet.startExporter();
      await eventually(async () => expect((await fleet.aggregate.data()).size).toBe(names.length));
      await fleet.registry.edit(Object.fromEntries(names.slice(1).map((name) => [name, null])));
      return await eventually(async () => {
        const { removal } = (await exporter.status()).registry;
        if (!removal) throw new Error('no removal is held');
        return { exporter, digest: removal.digest };
      });
    };

    it('shows what would go, asks, and lets it go', async () => {
      const { exporter, digest } = await givenTornRegistry();
      const listed = names
        .slice(1)
        .map((name) => `the aggregate loses its key ${name}\n`)
        .join('');

      const unasked = await mcce('cluster', 'confirm-removal', digest);
      expect(unasked).toMatchObject({ code: 2, stdout: listed });
      const other = await mcce('cluster', 'confirm-removal', '0123456789abcdef', '--yes');
      expect(other.code).toBe(2);
      expect(other.stderr).toContain(`confirmed by ${digest}`);
      expect((await fleet.aggregate.data()).size).toBe(names.length);

      const { code, stdout } = await mcce('cluster', 'confirm-removal', digest, '--yes');

      expect([code, stdout]).toEqual([0, `${listed}removal of 4 clusters confirmed\n`]);
      await eventually(async () => expect([...(await fleet.aggregate.data()).keys()]).toEqual(['c1']));
      expect((await exporter.status()).registry.removal).toBeUndefined();
    });

    it('has nothing to do where nothing has left, and refuses where there is no registry', async () => {
      await mcce('cluster', 'add', 'east');
      expect(await mcce('cluster', 'confirm-removal')).toMatchObject({
        code: 0,
        stdout: 'no key of the aggregate is without an entry in the registry\n',
      });
      await fleet.registry.delete();

      const { code, stderr } = await mcce('cluster', 'confirm-removal', '--yes');

      expect(code).toBe(2);
      expect(stderr).toContain('The registry names no usable cluster');
    });
  });

  describe('remove', () => {
    it('shows what the aggregate loses, and removes the one entry', async () => {
      await fleet.startExporter();
      await mcce('cluster', 'add', 'east');
      await mcce('cluster', 'add', 'west');
      await eventually(async () => expect((await fleet.aggregate.data()).size).toBe(2));
      const loss =
        /^the aggregate default\/multi-storage-config loses its key east: 19 bytes, sha256 [0-9a-f]{12}\n/;

      const preview = await mcce('cluster', 'remove', 'east', '--dry-run');
      expect(preview.stdout).toMatch(loss);
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
      await mcce('cluster', 'add', 'east');

      expect((await mcce('cluster', 'remove', 'east', '--yes')).stdout).toMatch(
        /^it is the last usable entry: the aggregate default\/multi-storage-config stays as it is\nits credentials stay valid in the cluster until 20\S+Z; --purge ends those that mcce made\ncluster east removed from default\/multi-k8s-config\n$/,
      );
    });

    it('ends every token in the cluster with --purge', async () => {
      await mcce('cluster', 'add', 'east');
      await mcce('cluster', 'rotate', 'east');
      const token = tokenOf(await entry('east'));

      expect((await mcce('cluster', 'remove', 'east', '--yes', '--purge')).code).toBe(0);

      await eventually(async () => expect(await readsWith(token)).toBe(401), { timeoutMs: TOKEN_CACHE_MS });
      expect(await tokenSecrets('east')).toEqual([]);
      const { admin } = fleet.cluster('east');
      expect(
        (await admin.request('GET', `/api/v1/namespaces/default/serviceaccounts/${READER}`)).status,
      ).toBe(404);
    });

    it('loses nothing when what is to be purged cannot be reached, and can be repeated', async () => {
      await mcce('cluster', 'add', 'east');
      const token = tokenOf(await entry('east'));
      const unknown = await mcce('cluster', 'remove', 'east', '--yes', '--purge', 'nowhere');
      expect([unknown.code, await entry('east')]).toEqual([2, expect.stringContaining(token)]);

      await mcce('cluster', 'remove', 'east', '--yes');
      expect(await readsWith(token)).toBe(200);
      const again = await mcce('cluster', 'remove', 'east', '--yes', '--purge');

      expect(again.code).toBe(0);
      expect(again.stdout).toContain(`deletes ServiceAccount default/${READER} in the cluster\n`);
      expect(await tokenSecrets('east')).toEqual([]);
    });

    it('leaves alone with --purge what another entry of the same cluster lives on', async () => {
      await mcce('cluster', 'add', 'east');
      await mcce('cluster', 'add', 'east', '--name', 'blue');
      const { stdout } = await mcce('cluster', 'remove', 'blue', '--yes', '--purge', 'east');

      expect(stdout).toContain(
        `leaves ServiceAccount default/${READER} there, since the cluster is also east\n`,
      );
      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
      expect(await tokenSecrets('east')).toHaveLength(1);
    });

    it('says that there is no such cluster', async () => {
      expect((await mcce('cluster', 'remove', 'nowhere', '--yes')).stderr).toBe(
        'mcce: The registry has no cluster nowhere; `mcce cluster list` shows those that it has.\n',
      );
    });
  });

  const tokenSecrets = async (name: string) => {
    const path = '/api/v1/namespaces/default/secrets?labelSelector=app.kubernetes.io/managed-by=mcce';
    return (await fleet.cluster(name).admin.must('GET', path)).items;
  };

  /** The context `limited`: the reader of a cluster, who may create nothing. */
  const writeKubeconfigFor = async (name: string, file: string) => {
    const { server, ca, token } = await fleet.access(name);
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        contexts: [{ name: 'limited', context: { cluster: 'limited', user: 'limited' } }],
        clusters: [
          {
            name: 'limited',
            cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
          },
        ],
        users: [{ name: 'limited', user: { token } }],
      }),
      { mode: 0o600 },
    );
  };
});
