import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../../test/support/pki.ts';
import { CredentialPlugins } from './credential-plugins.ts';
import { CLUSTER_PROFILE } from './cluster-profile.ts';
import { profileFormat } from './cluster-profiles.extension.ts';
import { runPlugin } from './exec-plugin.ts';
import { PluginBackedCredentials } from './plugin-credentials.ts';
import { type Provider, providerFile } from './provider-file.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };
const V1 = 'client.authentication.k8s.io/v1';

describe('cluster-profiles', () => {
  let folder: string;
  let plugins: CredentialPlugins;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'profiles-'));
    plugins = new CredentialPlugins();
  });

  afterEach(async () => {
    await plugins.onModuleDestroy();
    rmSync(folder, { recursive: true });
  });

  /** A program that notes each run, with what it was given, and then does what the body says. */
  const aPlugin = (body: string, name = 'plugin') => {
    const path = join(folder, name);
    const note = `require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'runs'))}, JSON.stringify({ args: process.argv.slice(2), env: process.env, pid: process.pid, at: Date.now() }) + '\\n');`;
    const print = `const print = (status) => console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status }));`;
    writeFileSync(`${path}.cjs`, `${note}\n${print}\n${body}`);
    return { command: process.execPath, args: [`${path}.cjs`] };
  };
  const runs = () =>
    readFileSync(join(folder, 'runs'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { args: string[]; env: Record<string, string>; pid: number });
  const aProvider = (
    exec: { command: string; args: string[] },
    but: { exec?: object; policies?: object } = {},
  ): Provider => {
    const path = join(folder, 'providers.json');
    const execConfig = {
      apiVersion: V1,
      provideClusterInfo: true,
      interactiveMode: 'Never',
      ...exec,
      ...but.exec,
    };
    writeFileSync(path, JSON.stringify({ providers: [{ name: 'cloud', execConfig, ...but.policies }] }));
    const [provider] = providerFile.parse(path);
    if (!provider) throw new Error('there is one');
    return provider;
  };
  const aCluster = (more: object = {}) => ({ server: 'https://east.example:6443', ...more });
  const judge = (accessProviders: unknown, ...providers: Provider[]) => {
    const format = profileFormat(providers, plugins);
    const object = CLUSTER_PROFILE.parse({ metadata: { resourceVersion: '1' }, status: { accessProviders } });
    const [entry] = format.entriesOf({ namespace: 'fleet', name: 'east', object });
    if (!entry) throw new Error('a profile names a cluster');
    expect(entry).toMatchObject({ name: 'east', origin: 'ClusterProfile fleet/east' });
    return format.judge(entry, STRICT);
  };
  const credentials = (cluster: object, provider: Provider) => {
    const verdict = judge([{ name: 'cloud', cluster }], provider);
    if (!('accepted' in verdict)) throw new Error(verdict.refused.message);
    const { endpoint } = verdict.accepted;
    if (!endpoint.credentials) throw new Error('there are no credentials');
    return endpoint.credentials;
  };
  const soon = () => AbortSignal.timeout(10_000);
  const token = randomBytes(16).toString('hex');
  const giveToken = `print({ token: '${token}' });`;

  describe('run a plugin', () => {
    it('with the cluster and its configuration, and keep what it gives', async () => {
      const config = { clusterName: 'east' };
      const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: config }];
      const { cert: ca } = await CertificateAuthority.create('profile-ca');
      const caData = Buffer.from(ca).toString('base64');
      const cluster = aCluster({ 'certificate-authority-data': caData });
      const provider = credentials({ ...cluster, extensions }, aProvider(aPlugin(giveToken)));

      expect(await Promise.all([provider.obtain(soon()), provider.obtain(soon())])).toEqual([
        { token },
        { token },
      ]);
      await provider.obtain(soon());

      expect(runs()).toHaveLength(1);
      expect(JSON.parse(runs()[0]?.env.KUBERNETES_EXEC_INFO ?? '')).toEqual({
        apiVersion: V1,
        kind: 'ExecCredential',
        spec: { interactive: false, cluster: { ...cluster, config } },
      });
    });

    it('again once what it gave is refused, or its end is near', async () => {
      const expiring = `print({ token: '${token}', expirationTimestamp: new Date(Date.now() + 500).toISOString() });`;
      const refused = credentials(aCluster(), aProvider(aPlugin(giveToken)));
      await refused.obtain(soon());
      refused.refused();
      await refused.obtain(soon());
      expect(runs()).toHaveLength(2);

      const short = credentials(aCluster(), aProvider(aPlugin(expiring, 'expiring')));
      await short.obtain(soon());
      await delay(300);
      await short.obtain(soon());
      expect(runs()).toHaveLength(4);
    });

    it('beside a request while what it gave is still good', async () => {
      let count = 0;
      const now = Date.now();
      const ahead = new PluginBackedCredentials(() =>
        Promise.resolve({ token: String(++count), expires: new Date(now + (count === 1 ? 6_000 : 600_000)) }),
      );
      await ahead.obtain();
      await delay(50);
      expect(await ahead.obtain()).toMatchObject({ token: '1' });
      const early = new PluginBackedCredentials(() =>
        Promise.resolve({ token: String(++count), expires: new Date(Date.now() + 5_100) }),
      );
      expect(await early.obtain()).toMatchObject({ token: '2' });
    });

    it('and say how it failed, without anything that it printed', async () => {
      const secret = randomBytes(16).toString('hex');
      const attempts: [string, RegExp][] = [
        [`console.log('${secret}'); console.error('${secret}'); process.exit(3);`, /exited with code 3/],
        [`console.log('${secret}');`, /printed no ExecCredential/],
        [`print({});`, /neither a token nor a certificate/],
        [`print({ token: '${secret}\\n' });`, /characters that no token has/],
        [`print({ clientCertificateData: '${secret}' });`, /without its key/],
        [
          `print({ clientCertificateData: '${secret}', clientKeyData: '${secret}' });`,
          /cannot be used together/,
        ],
        [`process.stdout.write('${secret}'.repeat(20000));`, /printed more than/],
        [`process.kill(process.pid, 'SIGKILL');`, /was ended by SIGKILL/],
        [
          `console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential', status: { token: '${secret}' } }));`,
          /another version/,
        ],
      ];
      for (const [body, message] of attempts) {
        const error = await credentials(aCluster(), aProvider(aPlugin(body)))
          .obtain(soon())
          .catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          reason: 'unauthorized',
          message: expect.stringMatching(message) as string,
        });
        expect((error as Error).message).not.toContain(secret.slice(0, 12));
      }
      await expect(
        credentials(aCluster(), aProvider({ command: join(folder, 'none'), args: [] })).obtain(soon()),
      ).rejects.toThrow(/cannot be started \(ENOENT\)/);
    });

    it('end it, and what it started, when it takes too long', async () => {
      const child = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); setInterval(() => {}, 1000);`;
      const call = { provider: 'cloud', apiVersion: V1, env: {}, info: {}, ...aPlugin(child) };

      const ended = expect(
        runPlugin(call, { timeoutMs: 500, outputBytes: 1_000 }, new AbortController().signal),
      ).rejects.toThrow(/did not exit within 0.5 s/);
      await expect.poll(() => safely(runs)?.length).toBe(1);
      const { pid = 0 } = runs()[0] ?? {};
      expect(groupLives(pid)).toBe(true);
      await ended;

      await expect.poll(() => groupLives(pid)).toBe(false);
    });

    it('one after the other for a cluster whose profile changed', async () => {
      const slow = aProvider(aPlugin(`setInterval(() => {}, 1000);`, 'slow'));
      const before = credentials(aCluster(), slow);
      const first = before.obtain(soon()).catch((thrown: unknown) => thrown);
      await expect.poll(() => safely(runs)?.length).toBe(1);

      const after = credentials(aCluster(), aProvider(aPlugin(giveToken, 'quick'))).obtain(soon());
      await delay(200);
      expect(runs()).toHaveLength(1);
      before.close();

      expect(await after).toEqual({ token });
      expect(await first).toMatchObject({ message: expect.stringContaining('was stopped') as string });
    });
  });

  describe('of a hostile profile', () => {
    const added = (args: unknown, env: unknown) => ({
      extensions: [
        { name: 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args', extension: args },
        { name: 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs', extension: env },
      ],
    });
    const hostile = added(['--require', '/tmp/evil.js'], { NODE_OPTIONS: '--version', MARK: 'theirs' });
    const exec = { env: [{ name: 'MARK', value: 'ours' }] };

    it('add nothing to the command line by default', async () => {
      await credentials(aCluster(hostile), aProvider(aPlugin(giveToken), { exec })).obtain(soon());

      expect(runs()[0]?.args).toEqual([]);
      expect(runs()[0]?.env).toMatchObject({ MARK: 'ours' });
      expect(runs()[0]?.env.NODE_OPTIONS ?? '').not.toContain('--version');
    });

    it('add what the policy of the operator allows, and share it with no other cluster', async () => {
      const more = added(['--cluster', 'east'], { MARK: 'theirs', MORE: 'theirs' });
      const policies = (env: string) => ({
        policies: { profileSourcedCLIArgsPolicy: 'Append', profileSourcedEnvVarsPolicy: env },
        exec,
      });
      const appending = aProvider(aPlugin(giveToken), policies('AppendIfNotExists'));
      await credentials(aCluster(more), appending).obtain(soon());
      await credentials(aCluster(), appending).obtain(soon());
      await credentials(aCluster(more), aProvider(aPlugin(giveToken), policies('Replace'))).obtain(soon());

      expect(runs().map(({ args, env }) => [args, env.MARK, env.MORE])).toEqual([
        [['--cluster', 'east'], 'ours', 'theirs'],
        [[], 'ours', undefined],
        [['--cluster', 'east'], 'theirs', 'theirs'],
      ]);
    });

    it.each([
      ['text for arguments', added('--x', {})],
      ['numbers among arguments', added([1], {})],
      ['a NUL in an argument', added(['a\0b'], {})],
      ['a list for variables', added([], ['A=b'])],
      ['a variable of no name', added([], { 'A=B': 'c' })],
      ['the variable that is ours', added([], { KUBERNETES_EXEC_INFO: '{}' })],
      ['a path for the authority', { 'certificate-authority': '/etc/passwd' }],
      ['plain http', { server: 'http://east.example' }],
      ['no verification', { 'insecure-skip-tls-verify': true }],
      ['a proxy', { 'proxy-url': 'http://proxy.example' }],
      ['an unknown field', { command: '/bin/sh' }],
      ['no server', { server: '' }],
    ])('refuse %s', (_, cluster) => {
      const policies = { profileSourcedCLIArgsPolicy: 'Append', profileSourcedEnvVarsPolicy: 'Replace' };
      const provider = aProvider(aPlugin(giveToken), { policies });

      expect(judge([{ name: 'cloud', cluster: aCluster(cluster) }], provider)).toHaveProperty(
        'refused.remedy',
      );
    });

    it.each([
      ['no providers', []],
      ['providers that are no list', 'cloud'],
      ['a provider that the file has not', [{ name: 'other', cluster: { server: 'https://x' } }]],
      [
        'a provider twice',
        [
          { name: 'cloud', cluster: {} },
          { name: 'cloud', cluster: {} },
        ],
      ],
      ['a cluster that is a text', [{ name: 'cloud', cluster: '/bin/sh' }]],
      ['an exec configuration of its own', [{ name: 'x', execConfig: { command: '/bin/sh' } }]],
    ])('refuse %s', (_, accessProviders) => {
      expect(judge(accessProviders, aProvider(aPlugin(giveToken)))).toHaveProperty('refused.remedy');
    });
  });

  it('read the older name of the access providers', () => {
    const credentialProviders = [{ name: 'cloud', cluster: aCluster() }];
    const profile = { metadata: { resourceVersion: '1' }, status: { credentialProviders } };

    expect(CLUSTER_PROFILE.parse(profile).accessProviders).toEqual(credentialProviders);
    expect(CLUSTER_PROFILE.parse({ metadata: { resourceVersion: '1' } }).accessProviders).toEqual([]);
  });

  describe('refuse a file of providers', () => {
    const problem = (text: string) => {
      const path = join(folder, 'file.json');
      writeFileSync(path, text);
      const result = providerFile.safeParse(path);
      return result.success ? undefined : result.error.issues[0]?.message;
    };
    const provider = (but: object, more: object = {}) =>
      JSON.stringify({
        providers: [{ name: 'a', execConfig: { apiVersion: V1, command: 'x', ...but }, ...more }],
      });

    it.each([
      ['that is no JSON', '{', /not JSON/],
      ['without providers', '{"providers":[]}', /providers/],
      ['with an unknown field', provider({}, { secret: 'x' }), /secret/],
      ['with another version', provider({ apiVersion: 'v1' }), /apiVersion/],
      ['with a relative path', provider({ command: './x' }), /absolute path/],
      ['with a dialogue', provider({ interactiveMode: 'Always' }), /nobody is there/],
    ])('%s', (_, text, message) => {
      expect(problem(text)).toMatch(message);
    });

    it('that is not there, or has a name twice', () => {
      expect(providerFile.safeParse(join(folder, 'none')).error?.issues[0]?.message).toMatch(/ENOENT/);
      const { providers } = JSON.parse(provider({})) as { providers: object[] };
      expect(problem(JSON.stringify({ providers: [...providers, ...providers] }))).toMatch(/same name/);
    });
  });
});

/** Whether a process of a group runs. One that has ended may wait for somebody to ask about it. */
function groupLives(group: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      const [, state, , of] =
        safely(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
          ?.replace(/^.*\)/s, ')')
          .split(' ') ?? [];
      return state !== undefined && state !== 'Z' && Number(of) === group;
    });
}

function safely<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
