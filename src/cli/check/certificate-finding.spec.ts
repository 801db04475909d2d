import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { certificateFinding, type Expectation } from './certificate-finding.ts';

const NOW = Date.parse('2030-06-15T12:00:00Z');
const DAY_MS = 86_400_000;
const EXPECTED: Expectation = { name: 'east.example.com', insecure: false, place: 'entry' };

describe('certificateFinding', () => {
  let authority: CertificateAuthority;

  beforeAll(async () => {
    authority = await CertificateAuthority.create('authority');
  });

  const aCertificate = async (endsInDays: number, hosts = ['east.example.com']) => {
    const notAfter = new Date(NOW + endsInDays * DAY_MS);
    const { cert } = await authority.issue({
      commonName: 'x',
      hosts,
      notBefore: new Date(NOW - 99 * DAY_MS),
      notAfter,
    });
    return new X509Certificate(cert);
  };
  const findingFor = (certificate: X509Certificate, problem?: string, change: Partial<Expectation> = {}) =>
    certificateFinding({ certificate, problem }, { ...EXPECTED, ...change }, NOW);

  it('is good and says when the certificate expires', async () => {
    expect(findingFor(await aCertificate(30))).toEqual({
      verdict: 'good',
      message: 'The server certificate expires in 30d.',
    });
  });

  it('warns a week before the end', async () => {
    expect(findingFor(await aCertificate(3))).toMatchObject({
      verdict: 'warning',
      message: 'The server certificate expires in 3d.',
    });
  });

  it('tells a certificate that ended from an authority that did', async () => {
    expect(findingFor(await aCertificate(-3), 'CERT_HAS_EXPIRED').message).toBe(
      'The server certificate ended 3d ago.',
    );
    expect(findingFor(await aCertificate(30), 'CERT_HAS_EXPIRED').message).toBe(
      'The certificate of an authority of the server has ended.',
    );
  });

  it('names the fields of where it is to be corrected', async () => {
    const certificate = await aCertificate(30);
    const unknown = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

    expect(findingFor(certificate, unknown).remedy).toContain('"caData"');
    expect(findingFor(certificate, unknown, { place: 'kubeconfig' }).remedy).not.toContain('caData');
  });

  it('names whom the certificate is for, but not everybody', async () => {
    const hosts = [
      'a.example.com',
      '10.0.0.1',
      'c.example.com',
      'd.example.com',
      'e.example.com',
      'f.example.com',
    ];
    const problem = 'ERR_TLS_CERT_ALTNAME_INVALID';

    expect(findingFor(await aCertificate(30, hosts), problem).message).toBe(
      'The server certificate is not for east.example.com, but for a.example.com, 10.0.0.1, c.example.com, d.example.com, e.example.com and 1 more.',
    );
  });

  it('shows no name that is none', async () => {
    const certificate = await aCertificate(30, ['\u001b[31mred']);

    expect(findingFor(certificate, 'ERR_TLS_CERT_ALTNAME_INVALID').message).toContain('for no name');
  });

  it('warns where nothing is verified, and fails for what is not known here', async () => {
    const certificate = await aCertificate(30);

    expect(findingFor(certificate, 'CERT_HAS_EXPIRED', { insecure: true }).verdict).toBe('warning');
    expect(findingFor(certificate, 'CERT_REVOKED')).toMatchObject({
      verdict: 'failed',
      message: "The server's certificate is not accepted (CERT_REVOKED).",
    });
    expect(findingFor(certificate, 'some text of a library').message).not.toContain('library');
  });
});
