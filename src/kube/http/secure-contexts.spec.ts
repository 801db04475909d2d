import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { SecureContexts } from './secure-contexts.ts';

describe('SecureContexts', () => {
  it('shares a context among those with the same parts, and among no others', async () => {
    const [one, two] = [await CertificateAuthority.create('one'), await CertificateAuthority.create('two')];
    const { cert, key } = await one.issue({ commonName: 'client' });
    const contexts = new SecureContexts();

    const shared = contexts.of({ ca: one.cert });

    expect(contexts.of({ ca: one.cert })).toBe(shared);
    expect(contexts.of({ ca: Buffer.from(one.cert) })).toBe(shared);
    expect(contexts.of({ ca: two.cert })).not.toBe(shared);
    expect(contexts.of({ ca: one.cert, cert, key })).not.toBe(shared);
    expect(contexts.of({})).not.toBe(shared);
  });
});
