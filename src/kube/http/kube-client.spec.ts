import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { CertificateAuthority } from '../../../test/support/pki.ts';
import { startTunnelProxy } from '../../../test/support/tunnel-proxy.ts';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import { type ClusterEndpoint, createClusterClient } from './cluster-client.ts';
import { HubCredentials } from '../hub/hub-credentials.ts';
import { KubeClient } from './kube-client.ts';
import { SecretClient } from '../objects/secret-client.ts';

describe('KubeClient', () => {
  let server: SandboxApiServer;
  let token: string;
  const clients: KubeClient[] = [];

  beforeEach(async () => {
    server = await SandboxApiServer.start('kube-client');
    token = randomBytes(16).toString('hex');
    server.authorizer.addUser(token, [{ verbs: ['get'], resource: 'secrets' }]);
    await server.admin.must('POST', '/api/v1/namespaces/default/secrets', {
      body: { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'source' }, data: { a: 'QQ==' } },
    });
    server.handshakes = 0;
    server.requests.length = 0;
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
  });

  const connect = (change: Partial<ClusterEndpoint> = {}, connectTimeoutMs = 5_000) => {
    const endpoint = {
      server: new URL(server.url),
      tls: { ca: server.authority.cert },
      bearerToken: token,
      ...change,
    };
    const client = createClusterClient(endpoint, connectTimeoutMs);
    clients.push(client);
    return client;
  };
  const read = (client: KubeClient, timeoutMs = 5_000) =>
    new SecretClient(client, { namespace: 'default', name: 'source' }).get(AbortSignal.timeout(timeoutMs));
  const reasonOf = async (reading: Promise<unknown>) => {
    const error = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return (error as { reason?: string } | undefined)?.reason;
  };

  describe('asks for its permit', () => {
    const write = (client: KubeClient, permit: () => void) =>
      client.json({
        method: 'PATCH',
        path: '/api/v1/namespaces/default/secrets/source',
        contentType: 'application/merge-patch+json',
        body: '{}',
        signal: AbortSignal.timeout(5_000),
        permit,
      });
    class RefusedError extends ExporterError {
      readonly code = 'MCCE_KUBE_REQUEST_FAILED';
    }
    const refuse = () => {
      throw new RefusedError('Not now.');
    };

    it('and sends nothing when it is refused, and keeps the connection', async () => {
      const client = connect();
      await read(client);
      server.requests.length = 0;

      await expect(write(client, refuse)).rejects.toThrow(RefusedError);
      expect(server.requests).toEqual([]);
      await read(client);

      expect(server.handshakes).toBe(1);
    });

    it('when it has a connection, not when it begins to dial', async () => {
      const client = connect();
      const before = server.connections;
      let whenAsked: number | undefined;
      const permit = () => {
        whenAsked = server.connections;
        refuse();
      };

      await expect(write(client, permit)).rejects.toThrow(RefusedError);

      expect(whenAsked).toBe(before + 1);
      expect(server.requests).toEqual([]);
    });
  });

  describe('keeps its connections', () => {
    it('makes one handshake for many reads', async () => {
      const client = connect();

      for (let count = 0; count < 5; count++) await read(client);

      expect(server.requests).toHaveLength(5);
      expect(server.handshakes).toBe(1);
    });

    it('makes no further connection after an answer other than 200', async () => {
      const client = connect();
      server.faults.inject({ kind: 'status', status: 503, body: 'x'.repeat(10_000) }, { times: 1 });

      expect(await reasonOf(read(client))).toBe('server_error');
      await read(client);

      expect(server.handshakes).toBe(1);
    });

    it('has one more for every further watch, so that none waits for another', async () => {
      server.authorizer.addUser(token, [{ verbs: ['get', 'watch'], resource: 'secrets' }]);
      const client = connect();
      const watch = async () =>
        await client.stream({
          method: 'GET',
          path: '/api/v1/namespaces/default/secrets',
          query: { watch: 'true', resourceVersion: '0', timeoutSeconds: '60' },
          signal: AbortSignal.timeout(5_000),
        });
      await read(client);

      await Promise.all([watch(), watch(), watch()]);
      await read(client);

      expect(server.handshakes).toBe(4);
    });

    it('closes them with the client', async () => {
      const client = connect();
      await read(client);
      const before = server.connections;

      await client.close();

      await eventually(() => expect(server.connections).toBe(before - 1));
      expect(await reasonOf(read(client))).toBe('connect');
    });

    it('reads again on a new one when the server has closed the old one', async () => {
      const client = connect();
      await read(client);
      server.cutConnections();

      expect((await read(client)).data).toEqual(new Map([['a', 'QQ==']]));
    });

    it('sends a read once more when it lost its connection before an answer, and only once', async () => {
      const client = connect();
      server.faults.inject({ kind: 'drop' }, { times: 1 });
      await read(client);
      server.faults.inject({ kind: 'drop' });

      expect(await reasonOf(read(client))).toBe('connect');
      expect(server.requests).toHaveLength(4);
    });

    it('gives a connection up with the request that timed out on it', async () => {
      const client = connect();
      await read(client);
      server.faults.inject({ kind: 'hang' }, { times: 1 });

      expect(await reasonOf(read(client, 100))).toBe('timeout');
      await read(client);

      expect(server.handshakes).toBe(2);
    });
  });

  describe('says why a read failed', () => {
    it.each([
      [401, 'unauthorized'],
      [403, 'forbidden'],
      [429, 'rate_limited'],
      [500, 'server_error'],
      [503, 'server_error'],
      [302, 'server_error'],
      [418, 'server_error'],
    ])('for status %d: %s', async (status, reason) => {
      server.faults.inject({ kind: 'status', status, headers: { location: 'https://127.0.0.1:1/' } });

      expect(await reasonOf(read(connect()))).toBe(reason);
    });

    it('for a Secret that the API server does not have: not_found', async () => {
      await server.admin.must('DELETE', '/api/v1/namespaces/default/secrets/source');

      expect(await reasonOf(read(connect()))).toBe('not_found');
    });

    it('for a 404 that no API server wrote: server_error, since it must not cost a key', async () => {
      server.faults.inject({ kind: 'status', status: 404, body: '<html>not found</html>' });

      expect(await reasonOf(read(connect()))).toBe('server_error');
    });

    it.each([
      '',
      'garbage',
      '{',
      '[]',
      'null',
      '{"kind":"Pod"}',
      '{"metadata":{}}',
      '{"kind":"Secret","metadata":{"uid":1}}',
    ])('for the body %j: server_error', async (body) => {
      server.faults.inject({ kind: 'body', body });

      expect(await reasonOf(read(connect()))).toBe('server_error');
    });

    it('for a body without an end: too_large, after few bytes', async () => {
      server.faults.inject({ kind: 'endless' });
      const before = process.memoryUsage.rss();

      expect(await reasonOf(read(connect()))).toBe('too_large');
      expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    });

    it('for a body that drips: timeout', async () => {
      server.faults.inject({ kind: 'drip', everyMs: 10 });

      expect(await reasonOf(read(connect(), 200))).toBe('timeout');
    });

    it('for a reset in the middle of a body: connect', async () => {
      server.faults.inject({ kind: 'reset' });

      expect(await reasonOf(read(connect()))).toBe('connect');
    });

    it('for a server that is not there: connect', async () => {
      const client = connect();
      await server.refuse();

      expect(await reasonOf(read(client))).toBe('connect');
    });

    it('for a server that accepts and says nothing: timeout, in time', async () => {
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const startedAt = performance.now();

      expect(await reasonOf(read(connect({ server: new URL(`https://127.0.0.1:${port}`) }), 200))).toBe(
        'timeout',
      );

      expect(performance.now() - startedAt).toBeLessThan(1_000);
      silent.close();
    });

    const connectByProgram = (command: string, ...args: string[]) => {
      const kubeConfig = new KubeConfig();
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, args };
      kubeConfig.loadFromClusterAndUser(
        { name: 'hub', server: server.url, skipTLSVerify: false },
        { name: 'operator', exec },
      );
      const client = new KubeClient(new HubCredentials(kubeConfig));
      clients.push(client);
      return client;
    };

    it('for credentials that cannot be had: unauthorized, for a request and for a watch', async () => {
      const client = connectByProgram('false');
      const signal = AbortSignal.timeout(5_000);
      const outcomes = await Promise.allSettled([
        client.json({ method: 'GET', path: '/', signal }),
        client.stream({ method: 'GET', path: '/', signal }),
      ]);

      const refusal = { code: 'MCCE_HUB_CREDENTIALS_UNUSABLE', reason: 'unauthorized' };
      expect(outcomes).toMatchObject([1, 2].map(() => ({ status: 'rejected', reason: refusal })));
      expect(server.requests).toEqual([]);
    });

    it('for credentials that never come, from a program that hangs: timeout, in time', async () => {
      const client = connectByProgram('sleep', '1');
      const startedAt = performance.now();

      expect(await reasonOf(read(client, 200))).toBe('timeout');
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    });

    it('for a name that nobody knows: dns', async () => {
      expect(await reasonOf(read(connect({ server: new URL('https://nowhere.invalid') })))).toBe('dns');
    });

    it('for a certificate of another authority: tls', async () => {
      const stranger = await CertificateAuthority.create('stranger');

      expect(await reasonOf(read(connect({ tls: { ca: stranger.cert } })))).toBe('tls');
    });

    it('for a certificate that has expired: tls', async () => {
      const expired = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
      server.useCertificate(
        await server.authority.issue({ commonName: 'old', hosts: ['127.0.0.1'], ...expired }),
      );

      expect(await reasonOf(read(connect()))).toBe('tls');
    });

    it('for a certificate of another server: tls', async () => {
      server.useCertificate(await server.authority.issue({ commonName: 'other', hosts: ['other.test'] }));

      expect(await reasonOf(read(connect()))).toBe('tls');
    });

    it('for a certificate that lacks the TLS server name: tls, and not when it has it', async () => {
      const { cert: ca } = server.authority;

      expect(await reasonOf(read(connect({ tls: { ca, servername: 'other.test' } })))).toBe('tls');
      expect(await reasonOf(read(connect({ tls: { ca, servername: 'kube-client.test' } })))).toBeUndefined();
    });
  });

  describe('goes by what the entry says of TLS, and by nothing else', () => {
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    it.each([
      ['10.1.2.3', undefined],
      ['fd00:0:0:0::1', undefined],
      ['10.1.2.4', 'tls'],
      ['fd00::2', 'tls'],
    ])(
      'for a TLS server name that is an address, %s, without asking for it by SNI',
      async (servername, reason) => {
        const hosts = ['10.1.2.3', 'fd00::1'];
        server.useCertificate(await server.authority.issue({ commonName: 'by address', hosts }));
        const tls = { ca: server.authority.cert, servername };

        expect(await reasonOf(read(connect({ tls })))).toBe(reason);
        expect(await reasonOf(read(connect({ tls, server: localhost() })))).toBe(reason);
        if (reason === undefined) expect(server.serverName).toBe(false);
      },
    );

    it('and asks for a TLS server name that is a name', async () => {
      const tls = { ca: server.authority.cert, servername: 'kube-client.test' };

      await read(connect({ tls, server: localhost() }));

      expect(server.serverName).toBe('kube-client.test');
    });

    it('not by NODE_TLS_REJECT_UNAUTHORIZED, which would let any certificate pass', async () => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      const stranger = await CertificateAuthority.create('stranger');
      const proxy = await startTunnelProxy();

      expect(await reasonOf(read(connect({ tls: { ca: stranger.cert } })))).toBe('tls');
      expect(await reasonOf(read(connect({ tls: { ca: stranger.cert }, proxy: proxy.url })))).toBe('tls');
      await proxy.close();
    });

    const localhost = () => new URL(server.url.replace('127.0.0.1', 'localhost'));
  });

  describe('through a proxy', () => {
    it('reads over one tunnel', async () => {
      const proxy = await startTunnelProxy();
      const client = connect({ proxy: proxy.url });

      await read(client);
      await read(client);

      expect([proxy.state.tunnels, server.handshakes]).toEqual([1, 1]);
      await client.close();
      await proxy.close();
    });

    it('is back soon after a proxy that was silent', async () => {
      const proxy = await startTunnelProxy();
      proxy.state.answers = false;
      const client = connect({ proxy: proxy.url }, 300);
      expect(await reasonOf(read(client, 300))).toBe('timeout');
      proxy.state.answers = true;

      await eventually(async () => expect(await reasonOf(read(client, 300))).toBeUndefined(), {
        timeoutMs: 5_000,
      });
      await client.close();
      await proxy.close();
    });
  });

  it('asks a program again for credentials that were refused', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mcce-'));
    const program = join(directory, 'login');
    const kubeConfig = new KubeConfig();
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: [program] };
    kubeConfig.loadFromClusterAndUser(
      { name: 'hub', server: server.url, skipTLSVerify: false, caData: btoa(server.authority.cert) },
      { name: 'operator', exec },
    );
    const client = new KubeClient(new HubCredentials(kubeConfig));
    clients.push(client);
    const give = async (bearer: string) => {
      const status = { token: bearer, expirationTimestamp: '2099-01-01T00:00:00Z' };
      const credential = { apiVersion: exec.apiVersion, kind: 'ExecCredential', status };
      await writeFile(program, `echo '${JSON.stringify(credential)}'`);
    };
    await give('revoked');
    expect(await reasonOf(read(client))).toBe('unauthorized');

    await give(token);

    expect(await reasonOf(read(client))).toBeUndefined();
    await rm(directory, { recursive: true });
  });

  it('takes no object for another that it asked for', async () => {
    const other = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', resourceVersion: '1' } };
    server.faults.inject({ kind: 'body', body: JSON.stringify(other) });

    expect(await reasonOf(read(connect()))).toBe('server_error');
  });

  it('honours Retry-After', async () => {
    server.faults.inject({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });

    await expect(read(connect())).rejects.toMatchObject({ reason: 'rate_limited', retryAfterMs: 7_000 });
  });

  it('keeps what the server says out of its errors', async () => {
    const canary = randomBytes(16).toString('hex');
    server.faults.inject({
      kind: 'status',
      status: 500,
      body: JSON.stringify({ kind: 'Status', message: canary, reason: canary }),
    });

    const error = await read(connect()).catch((thrown: unknown) => thrown);

    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(canary);
  });
});
