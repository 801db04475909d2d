import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../../../../test/support/entries.ts';
import { CertificateAuthority } from '../../../../test/support/pki.ts';
import { anIstioRemoteSecret, seen } from '../../../../test/support/registry-objects.ts';
import { ISTIO_REMOTE_SECRETS } from './istio-remote-secrets.extension.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };

describe('istio-remote-secrets', () => {
  let access: EntryAccess;

  beforeAll(async () => {
    const { cert: ca } = await CertificateAuthority.create('istio-ca');
    access = { server: 'https://east.example:6443', ca, token: randomBytes(16).toString('hex') };
  });

  const entriesOf = (secret: ReturnType<typeof anIstioRemoteSecret>) =>
    ISTIO_REMOTE_SECRETS.entriesOf(seen(secret));
  const judge = (text: string) =>
    entriesOf(anIstioRemoteSecret('east', text)).map((entry) => ISTIO_REMOTE_SECRETS.judge(entry, STRICT))[0];

  it('takes each key as a cluster', () => {
    const kubeconfig = kubeconfigEntry(access);
    const secret = anIstioRemoteSecret('east', '', { data: { east: kubeconfig, west: kubeconfig } });

    expect(entriesOf(secret)).toMatchObject([
      { name: 'east', origin: 'Secret istio-system/istio-remote-secret-east' },
      { name: 'west', origin: 'Secret istio-system/istio-remote-secret-east' },
    ]);
    expect(judge(kubeconfig)).toMatchObject({ accepted: { endpoint: { bearerToken: access.token } } });
  });

  it.each([
    ['exec', { exec: { command: 'istio-login' } }],
    ['auth-provider', { 'auth-provider': { name: 'gcp' } }],
    ['tokenFile', { tokenFile: '/var/run/secrets/token' }],
  ])('refuses %s by name', (field, user) => {
    expect(judge(kubeconfigEntry(access, { user }))).toMatchObject({
      refused: { reason: 'unsafe_entry', message: expect.stringContaining(`"${field}"`) as string },
    });
  });

  it('refuses other formats of entries, and nothing at all', () => {
    expect(judge(primusLensEntry(access))).toHaveProperty('refused');
    expect(judge('')).toMatchObject({ refused: { empty: true } });
  });
});
