import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../../../test/support/entries.ts';
import { CertificateAuthority, type KeyPair } from '../../../test/support/pki.ts';
import type { AcceptedEntry, EntryPolicy, EntryRefusal } from './entry.ts';
import { checkEntry, MAX_ENTRY_BYTES } from './entry-checker.ts';

const STRICT: EntryPolicy = { allowInsecureTls: false, allowProxy: false };
const LENIENT: EntryPolicy = { allowInsecureTls: true, allowProxy: true };

const A_SENTENCE: unknown = expect.stringMatching(/^[A-Z].+\.$/);

describe('checkEntry', () => {
  let ca: string;
  let client: KeyPair;
  let stranger: KeyPair;
  let access: EntryAccess;

  beforeAll(async () => {
    const authority = await CertificateAuthority.create('entry-ca');
    ca = authority.cert;
    client = await authority.issue({ commonName: 'reader' });
    stranger = await authority.issue({ commonName: 'stranger' });
    access = { server: 'https://east.example:6443', ca, token: randomBytes(16).toString('hex') };
  });

  const accepted = (text: string, policy = STRICT): AcceptedEntry => {
    const verdict = checkEntry(Buffer.from(text), policy);
    if ('refused' in verdict) throw new Error(`refused: ${verdict.refused.message}`);
    return verdict.accepted;
  };
  const refused = (text: string, policy = STRICT): EntryRefusal => {
    const verdict = checkEntry(Buffer.from(text), policy);
    if ('accepted' in verdict) throw new Error('accepted');
    return verdict.refused;
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it('warns of a kubeconfig where readers of Primus-Lens have to decode it', () => {
    const lens: EntryPolicy = { ...STRICT, payloadCheck: 'primus-lens' };

    expect(accepted(kubeconfigEntry(access), lens).warnings).toEqual([
      expect.stringContaining('fail for all clusters'),
    ]);
    expect(accepted(primusLensEntry(access), lens).warnings).toEqual([]);
    expect(accepted(kubeconfigEntry(access)).warnings).toEqual([]);
  });

  describe('of the JSON form of Primus-Lens', () => {
    it('gives an endpoint with a bearer token', () => {
      const { endpoint, warnings } = accepted(primusLensEntry(access, { tlsServerName: 'kubernetes' }));

      expect(endpoint).toEqual({
        server: new URL('https://east.example:6443'),
        tls: { ca, servername: 'kubernetes' },
        bearerToken: access.token,
      });
      expect(warnings).toEqual([]);
    });

    it('takes certificates as PEM and as base64 of PEM', () => {
      const pem = accepted(
        JSON.stringify({ host: access.server, caData: ca, certData: client.cert, keyData: client.key }),
      );
      const encoded = accepted(
        JSON.stringify({
          host: access.server,
          caData: base64(ca),
          certData: base64(client.cert),
          keyData: base64(client.key),
        }),
      );

      expect(pem.endpoint.tls).toEqual({ ca, cert: client.cert, key: client.key });
      expect(encoded.endpoint).toEqual(pem.endpoint);
    });

    it('takes a host without a scheme as https, and empty fields as absent', () => {
      const { endpoint } = accepted(
        JSON.stringify({
          host: '10.0.0.1:6443',
          bearerToken: access.token,
          caData: '',
          tlsServerName: '',
          keyData: null,
        }),
      );

      expect(endpoint).toEqual({
        server: new URL('https://10.0.0.1:6443'),
        tls: {},
        bearerToken: access.token,
      });
    });

    it('takes the text of a kubeconfig', () => {
      const { endpoint } = accepted(JSON.stringify({ kubeconfig: kubeconfigEntry(access) }));

      expect(endpoint.server.host).toBe('east.example:6443');
    });

    it('refuses other fields beside a kubeconfig, which would have no effect', () => {
      for (const more of [{ host: 'https://x' }, { caData: ca }, { insecureSkipTLSVerify: true }]) {
        expect(refused(JSON.stringify({ kubeconfig: kubeconfigEntry(access), ...more })).reason).toBe(
          'invalid_entry',
        );
      }
    });

    it.each(['/etc/kubernetes/admin.conf', 'admin.conf', '~/.kube/config'])(
      'refuses the path %s in the place of a kubeconfig',
      (path) => {
        expect(refused(JSON.stringify({ kubeconfig: path }))).toEqual({
          reason: 'unsafe_entry',
          message: expect.stringContaining('"kubeconfig"'),
          remedy: A_SENTENCE,
        });
      },
    );

    it.each([
      'username',
      'password',
      'bearerTokenFile',
      'caFile',
      'certFile',
      'keyFile',
      'execProvider',
      'proxyUrl',
    ])('refuses the field %s by name', (field) => {
      expect(refused(primusLensEntry(access, { [field]: '/x' }))).toEqual({
        reason: 'unsafe_entry',
        message: expect.stringContaining(`"${field}"`),
        remedy: A_SENTENCE,
      });
    });
  });

  describe('of a kubeconfig', () => {
    it('gives an endpoint from JSON', () => {
      const { endpoint } = accepted(
        kubeconfigEntry(access, { cluster: { 'tls-server-name': 'kubernetes' } }),
      );

      expect(endpoint).toEqual({
        server: new URL(access.server),
        tls: { ca, servername: 'kubernetes' },
        bearerToken: access.token,
      });
    });

    it('gives an endpoint from YAML with a client certificate', () => {
      const { endpoint } = accepted(`
apiVersion: v1
kind: Config
preferences: {}
current-context: main
contexts:
- name: main
  context: {cluster: main, user: reader, namespace: somewhere}
clusters:
- name: main
  cluster:
    server: ${access.server}
    certificate-authority-data: ${base64(ca)}
    extensions: [{name: context_info, extension: {provider: minikube}}]
users:
- name: reader
  user:
    client-certificate-data: ${base64(client.cert)}
    client-key-data: ${base64(client.key)}
`);

      expect(endpoint).toEqual({
        server: new URL(access.server),
        tls: { ca, cert: client.cert, key: client.key },
      });
    });

    it('looks only at what the current context names', () => {
      const config = JSON.parse(kubeconfigEntry(access)) as { users: unknown[] };
      config.users.push({ name: 'other', user: { exec: { command: 'never' } } });

      expect(accepted(JSON.stringify(config)).endpoint.bearerToken).toBe(access.token);
    });

    it.each([
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
      'something-new',
    ])('refuses the field %s of the user by name', (field) => {
      expect(refused(kubeconfigEntry(access, { user: { [field]: { any: 'value' } } }))).toEqual({
        reason: 'unsafe_entry',
        message: expect.stringContaining(`"${field}"`),
        remedy: A_SENTENCE,
      });
    });

    it.each(['certificate-authority', 'something-new'])(
      'refuses the field %s of the cluster by name',
      (field) => {
        expect(refused(kubeconfigEntry(access, { cluster: { [field]: '/etc/passwd' } }))).toEqual({
          reason: 'unsafe_entry',
          message: expect.stringContaining(`"${field}"`),
          remedy: A_SENTENCE,
        });
      },
    );

    it.each([
      ['a missing current context', { 'current-context': undefined }, 'current-context'],
      ['an unknown current context', { 'current-context': 'other' }, 'current-context'],
      ['an unknown cluster', { clusters: [] }, 'clusters'],
      ['an unknown user', { users: [] }, 'users'],
      ['a context that is none', { contexts: [{ name: 'main', context: 'x' }] }, 'context'],
      ['two contexts of one name', { contexts: [{ name: 'main' }, { name: 'main' }] }, 'contexts'],
    ])('refuses %s', (_what, change, named) => {
      const config = { ...(JSON.parse(kubeconfigEntry(access)) as object), ...change };

      expect(refused(JSON.stringify(config))).toEqual({
        reason: 'invalid_entry',
        message: expect.stringContaining(named),
        remedy: A_SENTENCE,
      });
    });
  });

  describe('in either form', () => {
    it.each(['http://east.example', 'ftp://east.example', 'https://user:pass@east.example'])(
      'refuses the server %s',
      (server) => {
        expect(refused(primusLensEntry({ ...access, server })).reason).toBe('unsafe_entry');
        expect(refused(kubeconfigEntry({ ...access, server })).reason).toBe('unsafe_entry');
      },
    );

    it('refuses to skip TLS verification, unless the setting allows it', () => {
      const json = primusLensEntry(access, { insecureSkipTLSVerify: true });
      const kubeconfig = kubeconfigEntry(access, { cluster: { 'insecure-skip-tls-verify': true } });

      expect(refused(json).remedy).toContain('MCCE_ALLOW_INSECURE_TLS');
      expect(refused(kubeconfig).remedy).toContain('MCCE_ALLOW_INSECURE_TLS');
      expect(accepted(json, LENIENT).endpoint.tls.rejectUnauthorized).toBe(false);
      expect(accepted(kubeconfig, LENIENT).endpoint.tls.rejectUnauthorized).toBe(false);
    });

    it('verifies TLS where the field is false', () => {
      expect(accepted(primusLensEntry(access, { insecureSkipTLSVerify: false })).endpoint.tls).toEqual({
        ca,
      });
    });

    it('refuses a proxy, unless the setting allows it', () => {
      const text = kubeconfigEntry(access, { cluster: { 'proxy-url': 'http://proxy.example:3128' } });

      expect(refused(text)).toMatchObject({
        reason: 'unsafe_entry',
        remedy: expect.stringContaining('MCCE_ALLOW_PROXY'),
      });
      expect(accepted(text, LENIENT).endpoint.proxy?.host).toBe('proxy.example:3128');
    });

    it.each(['socks5://proxy.example', 'file:///etc/passwd', 'nonsense', 'http://%E0%A4%A:x@proxy.example'])(
      'refuses the proxy %s',
      (proxy) => {
        expect(
          refused(kubeconfigEntry(access, { cluster: { 'proxy-url': proxy } }), LENIENT).message,
        ).toContain('proxy-url');
      },
    );

    it.each(['https://127.0.0.1:6443', 'https://127.9.9.9', 'https://localhost:6443', 'https://[::1]:6443'])(
      'accepts the loopback server %s with a warning',
      (server) => {
        expect(accepted(primusLensEntry({ ...access, server })).warnings).toEqual([
          expect.stringContaining('loopback'),
        ]);
      },
    );

    it('refuses an entry without credentials', () => {
      expect(refused(JSON.stringify({ host: access.server, caData: ca }))).toMatchObject({
        reason: 'invalid_entry',
      });
    });

    it.each(['certData', 'keyData'])('refuses %s without its other half', (field) => {
      const half = { [field]: field === 'certData' ? client.cert : client.key };

      expect(refused(primusLensEntry(access, half)).message).toContain(`"${field}"`);
    });

    it('refuses a key of another certificate', () => {
      const mixed = { certData: client.cert, keyData: stranger.key };

      expect(refused(primusLensEntry(access, mixed)).message).toContain('"keyData"');
    });

    it.each(['caData', 'certData', 'keyData'])('refuses %s that is no PEM', (field) => {
      for (const value of [
        'nonsense',
        '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----',
        '/etc/ca.crt',
      ]) {
        const text = primusLensEntry(access, { certData: client.cert, keyData: client.key, [field]: value });
        expect(refused(text)).toMatchObject({
          reason: 'invalid_entry',
          message: expect.stringContaining(`"${field}"`),
        });
      }
    });

    it('refuses a token that would break a header, and trims one that ends in a new line', () => {
      expect(refused(primusLensEntry({ ...access, token: 'a\r\nHost: b' })).reason).toBe('invalid_entry');
      expect(accepted(primusLensEntry({ ...access, token: `${access.token}\n` })).endpoint.bearerToken).toBe(
        access.token,
      );
    });

    it.each([
      ['a number', 1],
      ['a list', ['x']],
      ['a mapping', { a: 1 }],
    ])('refuses a token that is %s', (_what, token) => {
      expect(refused(primusLensEntry(access, { bearerToken: token })).message).toContain('"bearerToken"');
    });
  });

  describe('as text', () => {
    it.each(['', ' ', '\n\t'])('refuses the empty value %j', (text) => {
      expect(refused(text)).toMatchObject({
        reason: 'invalid_entry',
        message: expect.stringContaining('empty'),
      });
    });

    it('refuses a value above 64 KiB', () => {
      expect(refused(' '.repeat(MAX_ENTRY_BYTES + 1)).message).toContain('65536');
    });

    it('refuses YAML aliases', () => {
      expect(refused('a: &x {b: 1}\nc: *x')).toMatchObject({
        reason: 'unsafe_entry',
        message: expect.stringContaining('alias'),
      });
    });

    it.each([
      'text',
      '[]',
      '1',
      'null',
      '--- {}\n--- {}',
      '{',
      'a: b: c',
      '\u0000',
      '{"host": "x", "host": "y"}',
    ])('refuses %j, which is not one mapping', (text) => {
      expect(refused(text).reason).toBe('invalid_entry');
    });

    it('says where a text is broken and nothing of what it says', () => {
      const { message } = refused(`a: 1\ntoken: "${access.token}\n  oops`);

      expect(message).toMatch(/line \d+, column \d+/);
      expect(message).not.toContain(access.token);
    });

    it('never repeats a value in a refusal', () => {
      const texts = [
        primusLensEntry({ ...access, server: `http://${access.token}` }),
        primusLensEntry(access, { certData: access.token }),
        primusLensEntry(access, { [`${access.token}.x`]: 'y' }),
        kubeconfigEntry(access, { user: { exec: { command: access.token } } }),
        kubeconfigEntry(access, { cluster: { 'proxy-url': access.token } }),
      ];

      for (const text of texts)
        expect(JSON.stringify(checkEntry(Buffer.from(text), LENIENT))).not.toContain(`"${access.token}"`);
      for (const text of texts) expect(JSON.stringify(refused(text))).not.toContain(access.token);
    });

    it.each(['__proto__', 'constructor', 'toString'])('gives the field %s no power', (field) => {
      expect(refused(`{"${field}": {"host": "https://x"}, "bearerToken": "x"}`).reason).toMatch(/entry$/);
    });
  });
});
