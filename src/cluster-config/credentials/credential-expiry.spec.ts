import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { endsSoonFrom, expiriesOf } from './credential-expiry.ts';

const server = new URL('https://east.test');

function jwt(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2lnbmF0dXJl`;
}

describe('expiriesOf', () => {
  it('reads the end of a client certificate, to the second', async () => {
    const authority = await CertificateAuthority.create('ca');
    const { cert, key } = await authority.issue({ commonName: 'exporter' });
    const [expiry, ...rest] = expiriesOf({ server, tls: { cert, key } });
    expect(rest).toEqual([]);
    expect(expiry?.kind).toBe('client_certificate');
    expect(expiry?.expires.getTime()).toBeGreaterThan(Date.now());
    expect(expiry?.expires.getMilliseconds()).toBe(0);
  });

  it('reads the end of a token', () => {
    expect(expiriesOf({ server, tls: {}, bearerToken: jwt({ exp: 1_900_000_000 }) })).toEqual([
      { kind: 'token', expires: new Date('2030-03-17T17:46:40Z') },
    ]);
  });

  it.each([
    ['no JWT', 'abc'],
    ['without an end', jwt({ sub: 'exporter' })],
    ['with an end that is no number', jwt({ exp: 'soon' })],
    ['with an end beyond all dates', jwt({ exp: 1e300 })],
    ['whose payload is null', jwt(null)],
    ['whose payload is no JSON', 'a.b.c'],
    ['with a part too many', `${jwt({ exp: 1 })}.d`],
  ])('says nothing of a token: %s', (_case, bearerToken) => {
    expect(expiriesOf({ server, tls: {}, bearerToken })).toEqual([]);
  });
});

describe('endsSoonFrom', () => {
  const expires = new Date('2030-03-17T00:00:00Z');

  it.each([
    ['2029-03-17T00:00:00Z', '2030-03-10T00:00:00Z'],
    ['2030-03-16T00:00:00Z', '2030-03-16T19:12:00Z'],
    [undefined, '2030-03-10T00:00:00Z'],
    ['2030-03-18T00:00:00Z', '2030-03-17T00:00:00Z'],
  ])('is a week before the end, or a fifth of its life: begun %s', (issued, from) => {
    const credential = { expires, ...(issued !== undefined && { issued: new Date(issued) }) };

    expect(new Date(endsSoonFrom(credential))).toEqual(new Date(from));
  });
});
