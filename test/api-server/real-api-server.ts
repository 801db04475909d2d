import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiClient } from '../support/api-client.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { CertificateAuthority } from '../support/pki.ts';
import { AUDIT_POLICY, type AuditEvent, readAuditLog } from './audit-log.ts';
import { defaultProvisionOptions, provision } from './provision.ts';

const AUDIT_LOG = 'audit.log';

/** One etcd, shared by any number of API servers that keep their objects under prefixes of their own. */
export class Etcd {
  readonly url: string;
  private readonly child: Child;
  private readonly directory: string;

  private constructor(url: string, child: Child, directory: string) {
    this.url = url;
    this.child = child;
    this.directory = directory;
  }

  static async start(): Promise<Etcd> {
    const assets = await provision(defaultProvisionOptions());
    const directory = await mkdtemp(join(tmpdir(), 'mcce-etcd-'));
    const [clientPort, peerPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const child = new Child(join(assets, 'etcd'), [
      `--data-dir=${directory}/data`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
    ]);
    await eventually(
      async () => {
        failIfEnded('etcd', child);
        const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
        if (!health.ok) throw new Error('etcd is not healthy');
      },
      { timeoutMs: 30_000 },
    );
    return new Etcd(url, child, directory);
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A real kube-apiserver on loopback, with RBAC, service account tokens and certificates of its own. */
export class RealApiServer {
  readonly name: string;
  readonly url: string;
  readonly authority: CertificateAuthority;
  readonly admin: ApiClient;
  /** Path of a kubeconfig for the admin. */
  readonly kubeconfig: string;
  private readonly binary: string;
  private readonly args: readonly string[];
  private readonly directory: string;
  private child: Child | undefined;

  private constructor(parts: {
    name: string;
    url: string;
    authority: CertificateAuthority;
    adminToken: string;
    kubeconfig: string;
    binary: string;
    args: readonly string[];
    directory: string;
  }) {
    this.name = parts.name;
    this.url = parts.url;
    this.authority = parts.authority;
    this.admin = new ApiClient({ server: parts.url, ca: parts.authority.cert, token: parts.adminToken });
    this.kubeconfig = parts.kubeconfig;
    this.binary = parts.binary;
    this.args = parts.args;
    this.directory = parts.directory;
  }

  /**
   * @param name tells several API servers on one etcd apart
   * @param flags beside the usual ones
   */
  static async create(name: string, etcd: Etcd, flags: readonly string[] = []): Promise<RealApiServer> {
    const assets = await provision(defaultProvisionOptions());
    const directory = await mkdtemp(join(tmpdir(), `mcce-${name}-`));
    const file = async (fileName: string, content: string) => {
      const path = join(directory, fileName);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    };
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const authority = await CertificateAuthority.create(`${name}-ca`);
    const serving = await authority.issue({
      commonName: name,
      hosts: ['127.0.0.1', 'localhost', `${name}.test`],
    });
    const serviceAccountKey = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const adminToken = randomBytes(24).toString('hex');
    const args = [
      `--etcd-servers=${etcd.url}`,
      `--etcd-prefix=/${name}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${directory}`,
      `--tls-cert-file=${await file('serving.crt', serving.cert)}`,
      `--tls-private-key-file=${await file('serving.key', serving.key)}`,
      `--client-ca-file=${await file('client-ca.crt', authority.cert)}`,
      `--token-auth-file=${await file('tokens.csv', `${adminToken},admin,admin,system:masters\n`)}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${await file('service-account.pub', serviceAccountKey.publicKey)}`,
      `--service-account-signing-key-file=${await file('service-account.key', serviceAccountKey.privateKey)}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      '--endpoint-reconciler-type=none',
      `--audit-policy-file=${await file('audit-policy.json', JSON.stringify(AUDIT_POLICY))}`,
      `--audit-log-path=${join(directory, AUDIT_LOG)}`,
      ...(await identityLeaseArgs(join(assets, 'kube-apiserver'))),
      ...flags,
    ];
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
      clusters: [
        {
          name,
          cluster: {
            server: url,
            'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
          },
        },
      ],
      // Its own name, so that kubeconfigs of several servers can be used as one.
      users: [{ name: `${name}-admin`, user: { token: adminToken } }],
    };
    return new RealApiServer({
      name,
      url,
      authority,
      adminToken,
      kubeconfig: await file('admin.kubeconfig', JSON.stringify(kubeconfig)),
      binary: join(assets, 'kube-apiserver'),
      args,
      directory,
    });
  }

  /** Starts it, again after {@link kill} with everything that it held. Resolves once it is ready. */
  async start(): Promise<this> {
    const child = new Child(this.binary, this.args);
    this.child = child;
    await eventually(
      async () => {
        failIfEnded('kube-apiserver', child);
        await this.admin.must('GET', '/readyz');
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    // Ready comes before the default namespace.
    await eventually(() => this.admin.must('GET', '/api/v1/namespaces/default'), { timeoutMs: 30_000 });
    return this;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.child?.stop('SIGKILL');
  }

  /** Freezes it, as a machine that hangs: connections stay and nothing answers. */
  pause(): void {
    this.child?.process.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.process.kill('SIGCONT');
  }

  /** A fresh token of a service account (TokenRequest, authentication.k8s.io/v1). By default it lasts an hour. */
  async serviceAccountToken(namespace: string, name: string, expirationSeconds = 3600): Promise<string> {
    const answer = await this.admin.must(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      {
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { expirationSeconds },
        },
      },
    );
    return (answer.status as { token: string }).token;
  }

  /** Who changed Secrets and Leases since the start. */
  async auditLog(): Promise<AuditEvent[]> {
    return await readAuditLog(join(this.directory, AUDIT_LOG));
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.admin.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function failIfEnded(program: string, child: Child): void {
  if (!child.running) throw new Error(`${program} ended while starting:\n${child.output.slice(-2_000)}`);
}

/** Since 1.26 every API server holds a Lease of its own (KEP-1965). Older ones are told to, so that the tests see what users have. */
async function identityLeaseArgs(binary: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  const minor = Number(/v1\.(\d+)/.exec(stdout)?.[1]);
  return minor < 26 ? ['--feature-gates=APIServerIdentity=true'] : [];
}
