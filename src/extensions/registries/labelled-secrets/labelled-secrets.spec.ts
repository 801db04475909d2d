import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../../../../test/support/entries.ts';
import { CertificateAuthority } from '../../../../test/support/pki.ts';
import { aLabelledSecret, seen } from '../../../../test/support/registry-objects.ts';
import { LABELLED_SECRETS } from './labelled-secrets.extension.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };

describe('labelled-secrets', () => {
  let access: EntryAccess;

  beforeAll(async () => {
    const { cert: ca } = await CertificateAuthority.create('labelled-ca');
    access = { server: 'https://east.example:6443', ca, token: randomBytes(16).toString('hex') };
  });

  const judged = (entries: Record<string, string>) =>
    LABELLED_SECRETS.entriesOf(seen(aLabelledSecret('more', entries))).map((entry) => [
      entry.name,
      LABELLED_SECRETS.judge(entry, STRICT),
    ]);

  it('are chosen by the name of the registry', () => {
    expect(LABELLED_SECRETS.labelSelector('multi-k8s-config')).toBe(
      'multi-cluster-config-exporter/registry=multi-k8s-config',
    );
  });

  it('hold entries in both formats of the registry', () => {
    const endpoint = { server: new URL(access.server), tls: { ca: access.ca }, bearerToken: access.token };

    expect(judged({ east: primusLensEntry(access), west: kubeconfigEntry(access) })).toEqual([
      ['east', { accepted: { endpoint, warnings: [] } }],
      ['west', { accepted: { endpoint, warnings: [] } }],
    ]);
  });

  it('are no way past the checks of the registry', () => {
    const exec = { command: 'sh', args: ['-c', 'id'] };

    expect(judged({ east: kubeconfigEntry(access, { user: { exec } }) })).toMatchObject([
      ['east', { refused: { reason: 'unsafe_entry', message: expect.stringContaining('"exec"') as string } }],
    ]);
  });
});
