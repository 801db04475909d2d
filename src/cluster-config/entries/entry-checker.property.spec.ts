import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kubeconfigEntry, primusLensEntry } from '../../../test/support/entries.ts';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { checkEntry, MAX_ENTRY_BYTES } from './entry-checker.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };
const { cert: ca } = await CertificateAuthority.create('property-ca');
const access = { server: 'https://east.example', ca, token: 'a-token' };

/** What an accepted entry may consist of, and nothing else. */
const ENDPOINT_FIELDS = ['server', 'tls', 'bearerToken', 'proxy'];
const TLS_FIELDS = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'];

const check = (text: string | Uint8Array) => checkEntry(Buffer.from(text as string), STRICT);
const isVerdict = (verdict: object) => 'accepted' in verdict !== 'refused' in verdict;

/** Words that mean something in an entry, so that random structures come close to real ones. */
const WORDS = fc.constantFrom(
  'host',
  'bearerToken',
  'caData',
  'certData',
  'keyData',
  'tlsServerName',
  'insecureSkipTLSVerify',
  'kubeconfig',
  'clusters',
  'contexts',
  'users',
  'current-context',
  'name',
  'cluster',
  'context',
  'user',
  'server',
  'token',
  'exec',
  'auth-provider',
  'tokenFile',
  'as',
  '__proto__',
  'constructor',
  'proxy-url',
  '<<',
  '*a',
  '&a',
  '!!js/function',
);
const structure = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    WORDS,
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(WORDS, fc.string()), tie('value'), { maxKeys: 6 }),
  ),
})).value;

describe('checkEntry, whatever it is given', () => {
  it('gives a verdict for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => isVerdict(check(bytes))));
  });

  it('gives a verdict for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => isVerdict(check(text))));
  });

  it('gives a verdict for any structure, as JSON', () => {
    fc.assert(
      fc.property(structure, (value) => isVerdict(check(JSON.stringify(value)))),
      { numRuns: 2_000 },
    );
  });

  it('gives a verdict for a good entry that was damaged anywhere', () => {
    const good = fc.constantFrom(primusLensEntry(access), kubeconfigEntry(access));
    const damage = fc.tuple(
      good,
      fc.nat(),
      fc.nat({ max: 20 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(damage, ([text, at, length, patch]) => {
        const start = at % text.length;
        return isVerdict(check(text.slice(0, start) + patch + text.slice(start + length)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets no field through but those of an endpoint', () => {
    const extra = fc.dictionary(fc.oneof(WORDS, fc.string()), structure, { maxKeys: 3 });
    fc.assert(
      fc.property(extra, extra, fc.boolean(), (cluster, user, asKubeconfig) => {
        const text = asKubeconfig
          ? kubeconfigEntry(access, { cluster, user })
          : primusLensEntry(access, user);
        const verdict = check(text);
        if ('refused' in verdict) return;
        const { endpoint } = verdict.accepted;
        expect(ENDPOINT_FIELDS).toEqual(expect.arrayContaining(Object.keys(endpoint)));
        expect(TLS_FIELDS).toEqual(expect.arrayContaining(Object.keys(endpoint.tls)));
        expect(endpoint.server.protocol).toBe('https:');
        expect(endpoint.tls.rejectUnauthorized).toBeUndefined();
        expect(endpoint.proxy).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  const forbidden = fc.constantFrom(
    'exec',
    'auth-provider',
    'tokenFile',
    'token-file',
    'client-certificate',
    'client-key',
    'username',
    'password',
    'as',
    'as-uid',
    'as-groups',
    'as-user-extra',
  );
  const present = structure.filter((value) => value !== null && value !== '');

  it('never accepts a forbidden field that holds anything', () => {
    fc.assert(
      fc.property(forbidden, present, (field, value) => {
        expect(check(kubeconfigEntry(access, { user: { [field]: value } }))).toMatchObject({
          refused: { reason: 'unsafe_entry', message: expect.stringContaining(`"${field}"`) },
        });
      }),
    );
  });

  it('never repeats what it was given, beyond names of fields', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/]{24,40}$/);
    const places = fc.constantFrom(
      'bearerToken',
      'caData',
      'certData',
      'keyData',
      'host',
      'tlsServerName',
      'kubeconfig',
    );
    fc.assert(
      fc.property(
        secret,
        places,
        fc.constantFrom('"', '\n', '{', ': ', '\u0000', ''),
        (value, field, noise) => {
          const texts = [
            primusLensEntry(access, { [field]: value + noise }),
            `${field}: ${noise}${value}`,
            `{"${field}": "${value}${noise}`,
          ];
          for (const text of texts) {
            const verdict = check(text);
            if ('refused' in verdict) expect(verdict.refused.message).not.toContain(value);
          }
        },
      ),
    );
  });
});

describe('checkEntry, given the worst of 64 KiB', () => {
  const fill = (unit: string) => unit.repeat(Math.floor(MAX_ENTRY_BYTES / unit.length));
  const numbered = (unit: (index: number) => string) => {
    let text = '';
    for (let index = 0; text.length < MAX_ENTRY_BYTES - 20; index++) text += unit(index);
    return text;
  };

  it.each([
    ['nested sequences', fill('- ')],
    ['nested brackets', fill('[')],
    ['nested mappings', fill('{a: ')],
    ['many keys', numbered((index) => `k${index}:\n`)],
    ['many keys on one line', `{${numbered((index) => `k${index}: 1, `)}}`],
    ['the same key', fill('a: 1\n')],
    ['anchors', fill('&a ')],
    ['aliases', fill('*a ')],
    ['tags', fill('! ')],
    ['documents', fill('---\n')],
    ['comments', fill('#\n')],
    ['escapes', `"${fill('\\')}`],
    ['quotes', fill("'")],
    ['block text', `a: |\n${fill(' x\n')}`],
    ['directives', fill('%a\n')],
    ['question marks', fill('? ')],
    ['colons', fill(':')],
    ['white space', fill(' ')],
    ['one long word', fill('a')],
  ])('%s take less than 100 ms of this processor', (_what, text) => {
    check('warm: up');
    // The best of three: what else the machine does is not ours.
    const times = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      expect(isVerdict(check(text.slice(0, MAX_ENTRY_BYTES)))).toBe(true);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    });

    expect(Math.min(...times)).toBeLessThan(100);
  });
});
