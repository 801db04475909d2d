import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EntryAccess } from '../../../../test/support/entries.ts';
import { CertificateAuthority, type KeyPair } from '../../../../test/support/pki.ts';
import { anArgocdCluster, seen } from '../../../../test/support/registry-objects.ts';
import { ARGOCD_CLUSTERS } from './argocd-clusters.extension.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };
const LENIENT = { allowInsecureTls: true, allowProxy: true };

describe('argocd-clusters', () => {
  let access: EntryAccess;
  let client: KeyPair;

  beforeAll(async () => {
    const authority = await CertificateAuthority.create('argocd-ca');
    client = await authority.issue({ commonName: 'reader' });
    access = {
      server: 'https://east.example:6443',
      ca: authority.cert,
      token: randomBytes(16).toString('hex'),
    };
  });

  const entriesOf = (secret: ReturnType<typeof anArgocdCluster>) => ARGOCD_CLUSTERS.entriesOf(seen(secret));
  const judge = (secret: ReturnType<typeof anArgocdCluster>, policy = STRICT) => {
    const [entry] = entriesOf(secret);
    if (!entry) throw new Error('the Secret names no cluster');
    return ARGOCD_CLUSTERS.judge(entry, policy);
  };

  it('names a cluster as Argo CD does, and says which Secret it is of', () => {
    expect(entriesOf(anArgocdCluster('Team A/east', access))).toMatchObject([
      { name: 'Team A/east', origin: 'Secret argocd/cluster-team-a-east' },
    ]);
    const unnamed = anArgocdCluster('east', access);
    delete unnamed.data.name;
    expect(entriesOf(unnamed)).toMatchObject([{ name: access.server }]);
  });

  it('leaves out what Argo CD leaves alone', () => {
    const annotations = (value: string) => ({ annotations: { 'argocd.argoproj.io/skip-reconcile': value } });

    expect(entriesOf(anArgocdCluster('east', access, {}, annotations('true')))).toEqual([]);
    expect(entriesOf(anArgocdCluster('east', access, {}, annotations('false')))).toHaveLength(1);
  });

  it('takes a token, and cuts the slash behind the server', () => {
    expect(judge(anArgocdCluster('east', { ...access, server: `${access.server}/` }))).toEqual({
      accepted: {
        endpoint: {
          server: new URL(access.server),
          tls: { ca: access.ca },
          bearerToken: access.token,
        },
        warnings: [],
      },
    });
  });

  it('takes a client certificate, a server name, and what has no effect', () => {
    const tlsClientConfig = {
      serverName: 'kubernetes',
      caData: access.ca,
      certData: Buffer.from(client.cert).toString('base64'),
      keyData: Buffer.from(client.key).toString('base64'),
    };
    const config = {
      bearerToken: '',
      username: '',
      awsAuthConfig: null,
      disableCompression: true,
      tlsClientConfig,
    };

    expect(judge(anArgocdCluster('east', access, config))).toMatchObject({
      accepted: {
        endpoint: {
          tls: { ca: access.ca, cert: client.cert, key: client.key, servername: 'kubernetes' },
        },
      },
    });
  });

  it('takes what needs a setting only with it', () => {
    const insecure = anArgocdCluster('east', access, { tlsClientConfig: { insecure: true } });
    const proxied = anArgocdCluster('east', access, { proxyUrl: 'http://proxy.example:3128' });

    expect(judge(insecure)).toMatchObject({
      refused: { reason: 'unsafe_entry', message: expect.stringContaining('"insecure"') as string },
    });
    expect(judge(proxied)).toMatchObject({
      refused: { reason: 'unsafe_entry', message: expect.stringContaining('"proxyUrl"') as string },
    });
    expect(judge(insecure, LENIENT)).toHaveProperty('accepted');
    expect(judge(proxied, LENIENT)).toHaveProperty('accepted.endpoint.proxy');
  });

  it.each([
    ['username', 'admin'],
    ['password', 'secret'],
    ['awsAuthConfig', { clusterName: 'east', roleARN: 'arn:aws:iam::1:role/x' }],
    ['execProviderConfig', { command: 'touch', args: ['/tmp/x'], apiVersion: 'v1' }],
    ['somethingNew', 'x'],
  ])('refuses %s by name, and says what to do', (field, value) => {
    const verdict = judge(anArgocdCluster('east', access, { [field]: value }), LENIENT);

    expect(verdict).toEqual({
      refused: {
        reason: 'unsafe_entry',
        message: expect.stringContaining(`"${field}"`) as string,
        remedy: expect.stringMatching(
          field === 'somethingNew' ? /Remove it/ : /ServiceAccount.*mcce cluster add/,
        ) as string,
      },
    });
  });

  it.each(['caFile', 'certFile', 'keyFile', 'nextProtos'])(
    'refuses the unknown field %s of the tlsClientConfig',
    (field) => {
      expect(judge(anArgocdCluster('east', access, { tlsClientConfig: { [field]: '/x' } }))).toMatchObject({
        refused: { reason: 'unsafe_entry', message: expect.stringContaining(`"${field}"`) as string },
      });
    },
  );

  it('says how to name the hub, for which Argo CD needs no credentials', () => {
    const inCluster = anArgocdCluster('in-cluster', access);
    inCluster.data.server = Buffer.from('https://kubernetes.default.svc').toString('base64');
    inCluster.data.config = Buffer.from('{"tlsClientConfig":{"insecure":false}}').toString('base64');

    expect(judge(inCluster)).toMatchObject({
      refused: { remedy: expect.stringContaining('mcce cluster add') as string },
    });
  });

  it.each([
    ['no server', 'server', ''],
    ['plain http', 'server', 'http://east.example'],
    ['a config that is no mapping', 'config', '[]'],
    ['a config that is no JSON', 'config', '{"bearerToken": "'],
    ['a tlsClientConfig that is a text', 'config', '{"bearerToken":"x","tlsClientConfig":"y"}'],
    ['no credentials', 'config', '{}'],
    ['no config', 'config', ''],
    ['an alias', 'config', 'a: &a x\nbearerToken: *a'],
    ['a config that is too long', 'config', ' '.repeat(65_537)],
  ])('refuses %s, without quoting anything', (_, key, text) => {
    const secret = anArgocdCluster('east', access);
    secret.data[key] = Buffer.from(text).toString('base64');

    const verdict = judge(secret, LENIENT);

    expect(verdict).toHaveProperty('refused.remedy');
    expect(JSON.stringify(verdict)).not.toContain(access.token);
  });
});
