import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../../../test/support/entries.ts';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { renewableEntry, withToken } from './renewable-entry.ts';
import { dueAt, renewableToken } from './renewable-token.ts';

const POLICY = { allowInsecureTls: false, allowProxy: false };
const ISSUED = 1_900_000_000;
const LIFE_SECONDS = 86_400;

function jwt(claims: object = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const usual = {
    iat: ISSUED,
    exp: ISSUED + LIFE_SECONDS,
    'kubernetes.io': { namespace: 'storage', serviceaccount: { name: 'reader', uid: 'u1' } },
  };
  return `${part({ alg: 'none' })}.${part({ ...usual, ...claims })}.${randomBytes(32).toString('base64url')}`;
}

describe('renewableToken', () => {
  it('is one of a ServiceAccount that expires', () => {
    expect(renewableToken(jwt())).toMatchObject({
      namespace: 'storage',
      account: 'reader',
      issued: new Date(ISSUED * 1_000),
      expires: new Date((ISSUED + LIFE_SECONDS) * 1_000),
    });
  });

  it.each(['secret', 'pod'])('keeps the %s that it ends with', (bound) => {
    const claims = {
      namespace: 'storage',
      serviceaccount: { name: 'reader' },
      [bound]: { name: 'b', uid: 'u2' },
    };

    expect(renewableToken(jwt({ 'kubernetes.io': claims }))?.boundTo).toEqual({
      apiVersion: 'v1',
      kind: bound === 'pod' ? 'Pod' : 'Secret',
      name: 'b',
      uid: 'u2',
    });
  });

  it.each([
    ['that does not expire', jwt({ exp: undefined })],
    ['that does not say when it was made', jwt({ iat: undefined })],
    ['that ends before it begins', jwt({ exp: ISSUED - 1 })],
    ['of somebody else', jwt({ 'kubernetes.io': undefined })],
    ['that is no JWT', 'opaque'],
    ['that is not there', undefined],
  ])('is none %s', (_case, text) => {
    expect(renewableToken(text)).toBeUndefined();
  });
});

describe('dueAt', () => {
  const shareOf = (text: string) => {
    const token = renewableToken(text);
    return token && (dueAt(token, 0.67) / 1_000 - ISSUED) / LIFE_SECONDS;
  };

  it('spreads tokens of one age around two thirds of their life', () => {
    const shares = Array.from({ length: 2_000 }, () => shareOf(jwt()) ?? 0);

    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.67 * 0.9);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.67 * 1.1);
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.12);
  });

  it('is the same time whenever it is asked', () => {
    const text = jwt();

    expect(shareOf(text)).toBe(shareOf(text));
  });
});

describe('withToken', () => {
  let access: EntryAccess;

  beforeAll(async () => {
    const { cert: ca } = await CertificateAuthority.create('renewal-ca');
    access = { server: 'https://east.example:6443', ca, token: jwt() };
  });

  const renewed = (text: string, successor: string) => {
    const entry = renewableEntry('east', Buffer.from(text).toString('base64'), POLICY);
    const content = entry && withToken(entry, successor, POLICY);
    return content === undefined ? undefined : Buffer.from(content, 'base64').toString();
  };

  it.each([
    ['the JSON form', primusLensEntry],
    ['a kubeconfig', kubeconfigEntry],
    [
      'a kubeconfig in the JSON form',
      (of: EntryAccess) => JSON.stringify({ kubeconfig: kubeconfigEntry(of) }),
    ],
    ['YAML with comments', (of: EntryAccess) => `# größer\n${kubeconfigEntry(of)}\n# the end`],
  ])('leaves every other byte of %s as it is', (_case, format) => {
    const successor = jwt();

    expect(renewed(format(access), successor)).toBe(format({ ...access, token: successor }));
  });

  it('gives nothing where the token is not in one piece', () => {
    const escaped = primusLensEntry(access).replace(access.token, (token) => token.replace('e', '\\u0065'));

    expect(renewableEntry('east', Buffer.from(escaped).toString('base64'), POLICY)).toBeDefined();
    expect(renewed(escaped, jwt())).toBeUndefined();
  });

  it('gives nothing where the token would bring other fields along', () => {
    const hostile = `${jwt()}","host":"https://evil.example","x":"`;

    expect(renewed(primusLensEntry(access), hostile)).toBeUndefined();
    expect(renewed(primusLensEntry(access), `${jwt()}", "tlsServerName": "evil.example`)).toBeUndefined();
  });

  it('is not asked about an entry that is refused, or has another kind of credential', () => {
    for (const text of ['{', '', primusLensEntry({ ...access, token: 'opaque' })])
      expect(renewableEntry('east', Buffer.from(text).toString('base64'), POLICY)).toBeUndefined();
  });
});
