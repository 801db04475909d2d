import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { HubCredentials } from './hub-credentials.ts';
import { HubNotConfiguredError } from './hub-not-configured.error.ts';

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

  it('keeps the same TLS options while nothing changes, so that connections are kept', async () => {
    const hub = new HubCredentials(aKubeConfig({ 'tls-server-name': 'hub.test' }));

    const [first, second] = [await hub.credentials(), await hub.credentials()];

    expect(second.tls).toBe(first.tls);
    expect(first).toEqual({ tls: { servername: 'hub.test' }, headers: { Authorization: 'Bearer any' } });
  });

  it('gives other TLS options once a certificate was renewed', async () => {
    const kubeConfig = aKubeConfig({}, { 'client-certificate-data': 'b25l', 'client-key-data': 'b25l' });
    const hub = new HubCredentials(kubeConfig);
    const before = await hub.credentials();
    const user = kubeConfig.getCurrentUser() as { certData: string };
    user.certData = 'dHdv';

    const after = await hub.credentials();

    expect(after.tls).not.toBe(before.tls);
    expect(String(after.tls.cert)).toBe('two');
  });
});
