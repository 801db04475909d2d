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
import { deleteMadeByMcce, madeByMcce, RBAC } from './made-by-mcce.ts';

/** An entry that nobody may touch. */
const KEPT = '{"bearerToken": "kept as it is"}';
const READER = 'multi-cluster-config-exporter-reader';

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
    for (const { admin } of fleet.clusters.values()) await deleteMadeByMcce(admin);
  });

  const mcce = async (...args: string[]) => {
    const outcome = await runMcce(args, environment);
    for (const entry of (await fleet.registry.data()).values()) tokens.add(tokenOf(entry));
    for (const token of tokens) expect(outcome.stdout + outcome.stderr).not.toContain(token);
    return outcome;
  };
  /** Adds a cluster by an address that is not taken from the context, since that is loopback. */
  const add = async (context: string, ...args: string[]) =>
    await mcce(
      'cluster',
      'add',
      context,
      ...args,
      ...(args.includes('--server') ? [] : ['--server', fleet.cluster(context).url]),
    );
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
      const { code, stdout, stderr } = await add('east', '--duration', '1h');

      expect(stdout).toBe('cluster east added to default/multi-k8s-config\n');
      expect(stderr).toMatch(/^its token expires on \S+Z \(in 5\dm\)\nwarning: [^\n]+loopback[^\n]+\n$/);
      expect(code).toBe(0);
      await eventually(async () => expect([...(await fleet.aggregate.data()).keys()]).toEqual(['east']));
      expect(await exporter.cluster('east')).toMatchObject({ state: 'synced' });
    });

    it('grants nothing but to read the source, and marks for whom', async () => {
      expect((await add('east')).code).toBe(0);

      const { admin } = fleet.cluster('east');
      const kubeSystem = await fleet.hub.admin.must('GET', '/api/v1/namespaces/kube-system');
      const objects = await madeIn('east');
      const [name] = objects.map(({ metadata }) => metadata?.name);
      expect(objects.map(({ kind, metadata }) => [kind, metadata?.name])).toEqual([
        ['secrets', name],
        ['serviceaccounts', name],
        ['roles', name],
        ['rolebindings', name],
      ]);
      for (const { metadata } of objects)
        expect(metadata).toMatchObject({
          labels: {
            'app.kubernetes.io/managed-by': 'mcce',
            'multi-cluster-config-exporter/hub': kubeSystem.metadata?.uid,
          },
          annotations: {
            'multi-cluster-config-exporter/registry': 'default/multi-k8s-config',
            'multi-cluster-config-exporter/entry': 'east',
          },
        });
      expect((await admin.must('GET', `${RBAC}/roles/${name}`)).rules).toEqual([
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['storage-config'],
          verbs: ['get', 'list', 'watch'],
        },
      ]);
      expect(await readsWith(tokenOf(await entry('east')))).toBe(200);
    });

    it('shares no Role with another source in the same namespace', async () => {
      await add('east');
      const first = tokenOf(await entry('east'));
      await fleet.cluster('east').admin.must('POST', '/api/v1/namespaces/default/secrets', {
        body: { metadata: { name: 'other-config' }, stringData: { a: 'b' } },
      });
      environment.MCCE_SOURCE_SECRET = 'other-config';

      expect((await add('east', '--name', 'other')).code).toBe(0);

      const second = tokenOf(await entry('other'));
      expect([await readsWith(first), await readsWith(second)]).toEqual([200, 403]);
      await fleet.cluster('east').admin.must('DELETE', '/api/v1/namespaces/default/secrets/other-config');
    });

    it('touches no other entry, not even when several are added at the same moment', async () => {
      await fleet.registry.create({ other: KEPT });
      const outcomes = await Promise.all([
        add('east', '--name', 'one'),
        add('west', '--name', 'two'),
        add('east', '--name', 'three'),
      ]);

      expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
      const data = await fleet.registry.data();
      expect([...data.keys()].toSorted()).toEqual(['one', 'other', 'three', 'two']);
      expect(data.get('other')).toBe(KEPT);
    });

    it('creates the registry once, though two want to at the same moment', async () => {
      await Promise.all([add('east'), add('west')]);

      expect([...(await fleet.registry.data()).keys()].toSorted()).toEqual(['east', 'west']);
    });

    it('refuses a name that is taken, also when somebody takes it meanwhile, and leaves no token behind', async () => {
      const outcomes = await Promise.all([1, 2].map(() => add('east')));
      const first = await entry('east');
      const again = await add('east');

      expect(outcomes.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 2]);
      expect(again).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'mcce: The registry has a cluster east already. Give it new credentials by `mcce cluster rotate east`, or choose another name with --name.\n',
      });
      expect(await entry('east')).toBe(first);
      expect(await madeIn('east')).toHaveLength(4);
    });

    it('writes nothing when the new credentials do not read the source', async () => {
      const { code, stderr } = await add('east', '--server', fleet.cluster('west').url);

      expect(code).toBe(2);
      // West has another authority.
      expect(stderr).toMatch(
        /^mcce: Reading the source default\/storage-config at https:\S+ with the new credentials failed\. The server's certificate is not accepted/,
      );
      expect(await fleet.registry.read()).toBeUndefined();
      expect(await madeIn('east')).toEqual([]);
    });

    it('takes an address that the hub alone can reach, and says that it was not tried', async () => {
      const { code, stderr } = await add('east', '--server', `https://127.0.0.1:${await freePort()}`);

      expect(code).toBe(0);
      expect(stderr).toMatch(
        /warning: There is no way to https:\S+ from here, so the token was tried at https:/,
      );
      expect(JSON.parse(await entry('east'))).toMatchObject({
        host: expect.not.stringContaining(fleet.cluster('east').url),
      });
    });

    it('says that a namespace does not exist, here or there', async () => {
      const server = fleet.cluster('east').url;
      const addNowhere = async () =>
        (await mcce('-n', 'nowhere', 'cluster', 'add', 'east', '--server', server, '--yes')).stderr;
      expect(await addNowhere()).toMatch(
        /^mcce: The namespace nowhere does not exist in the cluster; create it, or name that of the source by MCCE_SOURCE_NAMESPACE\.\n$/m,
      );
      environment.MCCE_SOURCE_NAMESPACE = 'default';
      expect(await addNowhere()).toMatch(
        /^mcce: The namespace nowhere does not exist on the hub; create it, or give another by -n\.\n$/m,
      );
      expect(await madeIn('east')).toEqual([]);
    });

    it('adds a cluster whose source is not there yet, and says so', async () => {
      await fleet.source('east').delete();
      const { code, stderr } = await add('east');

      expect(code).toBe(0);
      expect(stderr).toContain(
        'warning: The source default/storage-config does not exist in the cluster yet.\n',
      );
      expect(await entry('east')).not.toBe('');
    });

    it('does nothing on a dry run but say what it would do', async () => {
      const { code, stdout } = await add('east', '--dry-run');

      expect(code).toBe(0);
      expect(stdout.replaceAll(new RegExp(`${READER}-[0-9a-f]{8}`, 'g'), READER).split('\n')).toEqual([
        `would create ServiceAccount default/${READER} by the context east`,
        `would create Role default/${READER} by the context east`,
        `would create RoleBinding default/${READER} by the context east`,
        `would create Secret default/${READER} by the context east`,
        'would make a token of it, and prove that it reads default/storage-config',
        'would write the entry east into default/multi-k8s-config on the hub',
        '',
      ]);
      expect(await fleet.registry.read()).toBeUndefined();
      expect(await madeIn('east')).toEqual([]);
    });

    it('exports a manifest for its owner alone, in place of writing the registry', async () => {
      const file = join(folder, 'registry.yaml');
      const { code, stdout, stderr } = await add('east', '--export', file);

      expect([code, stdout]).toEqual([
        0,
        `entry east of default/multi-k8s-config written to ${file}; it holds a token\n`,
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
      expect((await add('east', '--export', file)).stderr).toContain(
        'is there already; name another, or use --into',
      );
    });

    it('adds an entry to a manifest, and touches nothing else in it', async () => {
      const file = join(folder, 'registry.yaml');
      const manifest = `# The fleet.
apiVersion: v1
kind: Secret
metadata:
  name: multi-k8s-config
stringData:
  # Kept by hand.
  other: |
    {"bearerToken":
     "kept as it is"}
data:
  west: e30=
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: unrelated
`;
      await writeFile(file, manifest);

      expect((await add('east', '--into', file)).code).toBe(0);

      const text = await readFile(file, 'utf8');
      const [line] = /^  east: .+$/m.exec(text) ?? [];
      expect(text.replace(`${line}\n`, '')).toBe(manifest);
      const added = (load(text.split('---')[0] ?? '') as { stringData: { east: string } }).stringData.east;
      expect(await readsWith(tokenOf(added))).toBe(200);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await add('east', '--into', file)).stderr).toContain('has an entry east already');
    });

    it.each([
      [['nowhere'], 'The kubeconfig has no context nowhere; it has hub, east, west.'],
      [
        ['east'],
        'The context east names a loopback address (127.0.0.1), which is another machine to the hub. Nothing was made.',
      ],
      [['east', '--serever', 'https://10.0.0.1'], '(Did you mean --server?)'],
      [['east', '--name', 'a/b'], 'The name a/b cannot be a key of a Secret'],
      [
        ['east', '--server', 'http://10.0.0.1'],
        'The exporter would refuse the entry. The field "host" must be an https:// address.',
      ],
      [
        ['east', '--duration', 'soon'],
        "option '--duration <time>' argument 'soon' is invalid. It is not a duration such as 30s, 5m, 8760h or 30d.",
      ],
      [['east', '--duration', '5m'], 'A token lasts 10m at least.'],
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

      expect(await mcce('cluster', 'add', 'limited', '--server', fleet.cluster('east').url)).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^mcce: Creating the ServiceAccount default\/multi-cluster-config-exporter-reader-\w+ in the cluster is forbidden: the credentials lack the permission\.\n$/,
        ),
      });
    });

    it('says that a cluster is down', async () => {
      await fleet.cluster('west').kill();
      try {
        expect((await add('west')).stderr).toMatch(
          /^mcce: Creating the ServiceAccount .+ failed\. The server cannot be reached \(ECONNREFUSED\)\. Check its address/,
        );
      } finally {
        await fleet.cluster('west').start();
      }
    });
  });

  describe('list', () => {
    it('shows every entry with server, credentials and expiry, and no secret', async () => {
      await add('east', '--duration', '2h');
      await fleet.registry.edit({ bad: '{"host": "http://10.0.0.1", "bearerToken": "of a refused entry"}' });
      const { code, stdout } = await runMcce(['cluster', 'list'], environment);

      expect(code).toBe(1);
      expect(stdout).toMatch(
        new RegExp(
          `^2 entries: 1 refused, 1 warning\n\nNAME +VERDICT +CREDENTIALS +EXPIRES +SERVER\nbad +unsafe_entry\neast +warning +token +in 11\\dm +${fleet.cluster('east').url}\n$`,
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
      await add('east');
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

  /** What mcce has made in a cluster; the kind is its plural. */
  const madeIn = async (name: string): Promise<KubeObject[]> => await madeByMcce(fleet.cluster(name).admin);

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
