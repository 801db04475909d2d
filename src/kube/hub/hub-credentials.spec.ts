import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../base/errors/describe-error.ts';
import { HubCredentialsError } from './hub-credentials.error.ts';
import { HubCredentials } from './hub-credentials.ts';
import { HubNotConfiguredError } from './hub-not-configured.error.ts';

const NEVER = new AbortController().signal;

describe('HubCredentials', () => {
  const aKubeConfig = (cluster: object = {}, user: object = { token: 'any' }, context: object = {}) => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'hub',
        contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'me', ...context } }],
        clusters: [{ name: 'hub', cluster: { server: 'https://hub.test:6443', ...cluster } }],
        users: [{ name: 'me', user }],
      }),
    );
    return kubeConfig;
  };

  it.each([
    ['a server that is no address', { server: 'hub' }, /server/],
    ['a server without TLS', { server: 'http://hub.test' }, /https/],
    ['a proxy that is no address', { 'proxy-url': 'not an address' }, /proxy-url/],
  ])('refuses %s', (_what, cluster, message) => {
    const load = () => new HubCredentials(aKubeConfig(cluster));

    expect(load).toThrow(HubNotConfiguredError);
    expect(load).toThrow(message);
  });

  it('refuses a kubeconfig without a current context', () => {
    const kubeConfig = aKubeConfig();
    kubeConfig.setCurrentContext('another');

    expect(() => new HubCredentials(kubeConfig)).toThrow(HubNotConfiguredError);
  });

  it('takes the namespace of the context, else default', () => {
    const named = new HubCredentials(aKubeConfig({}, {}, { namespace: 'storage' }));
    const unnamed = new HubCredentials(aKubeConfig());

    expect([named.namespace, unnamed.namespace]).toEqual(['storage', 'default']);
  });

  it('takes an empty namespace of the context for none', () => {
    expect(new HubCredentials(aKubeConfig({}, {}, { namespace: ' ' })).namespace).toBe('default');
  });

  it('finds the namespace of the pod in the context of its own ServiceAccount', () => {
    const inCluster = new KubeConfig();
    inCluster.loadFromOptions({
      clusters: [{ name: 'inCluster', server: 'https://hub.test' }],
      users: [{ name: 'inClusterUser' }],
      // With the end of line of the file.
      contexts: [{ name: 'in', cluster: 'inCluster', user: 'inClusterUser', namespace: 'storage\n' }],
      currentContext: 'in',
    });

    expect(new HubCredentials(inCluster).contextNamespace).toBe('storage');
  });

  describe('that cannot be had', () => {
    const exec = (command: string, ...args: string[]) => ({
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args },
    });
    const failureOf = async (kubeConfig: KubeConfig, signal = NEVER) =>
      await new HubCredentials(kubeConfig).credentials(signal).then(
        () => undefined,
        (error: unknown) => error,
      );

    it.each([
      ['a program that is not there', {}, exec('/nowhere/login'), ' (ENOENT).'],
      ['a program that fails', {}, exec('sh', '-c', 'echo canary >&2; exit 1'), 'credentials.'],
      ['a program that prints no credential', {}, exec('echo', '{"canary": 1}'), 'credentials.'],
      ['a program that prints no JSON', {}, exec('echo', 'canary'), 'credentials.'],
      ['a missing client certificate', {}, { 'client-certificate': '/nowhere/crt' }, ' (ENOENT).'],
      ['a missing authority', { 'certificate-authority': '/nowhere/ca' }, { token: 'any' }, ' (ENOENT).'],
    ])('for %s: says so, and nothing of what was printed', async (_what, cluster, user, end) => {
      const error = await failureOf(aKubeConfig(cluster, user));

      expect(error).toBeInstanceOf(HubCredentialsError);
      expect(error).toMatchObject({
        reason: 'unauthorized',
        remedy: expect.stringContaining('Log in again'),
      });
      expect((error as Error).message).toContain(end);
      expect(JSON.stringify(describeError(error))).not.toContain('canary');
    });

    it('names a program that does not end in time', async () => {
      const error = await failureOf(aKubeConfig({}, exec('sleep', '1')), AbortSignal.timeout(50));

      expect(error).toBeInstanceOf(HubCredentialsError);
      expect(error).toMatchObject({
        reason: 'timeout',
        message: expect.stringContaining('The program that the kubeconfig'),
      });
    });

    it('is no failure of a program that nobody waits for any more', async () => {
      const stopping = new AbortController();
      const failure = failureOf(aKubeConfig({}, exec('sleep', '1')), stopping.signal);

      stopping.abort(new Error('stopping'));

      await expect(failure).resolves.toBe(stopping.signal.reason);
    });
  });

  it('keeps the same TLS options while nothing changes, so that connections are kept', async () => {
    const hub = new HubCredentials(aKubeConfig({ 'tls-server-name': 'hub.test' }));

    const [first, second] = [await hub.credentials(NEVER), await hub.credentials(NEVER)];

    expect(second.tls).toBe(first.tls);
    expect(first).toEqual({ tls: { servername: 'hub.test' }, headers: { Authorization: 'Bearer any' } });
  });

  it('gives other TLS options once a certificate was renewed', async () => {
    const kubeConfig = aKubeConfig({}, { 'client-certificate-data': 'b25l', 'client-key-data': 'b25l' });
    const hub = new HubCredentials(kubeConfig);
    const before = await hub.credentials(NEVER);
    const user = kubeConfig.getCurrentUser() as { certData: string };
    user.certData = 'dHdv';

    const after = await hub.credentials(NEVER);

    expect(after.tls).not.toBe(before.tls);
    expect(String(after.tls.cert)).toBe('two');
  });
});
