import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { ApiClient } from '../support/api-client.ts';
import { CertificateAuthority, type KeyPair } from '../support/pki.ts';
import { Authorizer } from './authorizer.ts';
import { Faults, play } from './faults.ts';
import { RequestHandler } from './request-handler.ts';
import { type Resource, ResourceStore, SECRETS } from './resource-store.ts';
import { WatchStreams } from './watch-streams.ts';

/** What a server can be told when it is made. */
export interface SandboxOptions {
  /** Address to listen on; any of 127.0.0.0/8. */
  host?: string;
  /** Time between two bookmarks of a watch. The real server takes about a minute. */
  bookmarkMs?: number;
  /** Its authority and certificate, where several servers share them. Its own by default. */
  identity?: { authority: CertificateAuthority; serving: KeyPair };
  /** What lies between a connection and the server, such as a delay. Nothing by default. */
  link?: (socket: Socket) => Duplex;
  /** Kinds that it has beside Secrets, ConfigMaps, Leases and Events. */
  resources?: readonly Resource[];
}

/**
 * An API server inside this process: real HTTPS on loopback, the real protocol for the kinds that it has, and faults on
 * demand. The contract suite keeps it true to a real kube-apiserver.
 */
export class SandboxApiServer {
  readonly name: string;
  readonly authority: CertificateAuthority;
  readonly faults = new Faults();
  readonly authorizer = new Authorizer();
  readonly store = new ResourceStore();
  readonly watches: WatchStreams;
  /** TLS handshakes since the start. */
  handshakes = 0;
  /** What the last client asked for by SNI; false: nothing. */
  serverName: string | false | undefined;
  /** Requests since the start, as `GET /path`. */
  readonly requests: string[] = [];
  private readonly host: string;
  private readonly handler: RequestHandler;
  private readonly adminToken = randomBytes(24).toString('hex');
  private readonly sockets = new Set<Duplex>();
  private readonly link: SandboxOptions['link'];
  private serving: KeyPair;
  private server: Server | undefined;
  /** The server itself, or what stands before it as its link. */
  private listener: TcpServer | undefined;
  private port = 0;
  private adminClient: ApiClient | undefined;

  private constructor(
    name: string,
    authority: CertificateAuthority,
    serving: KeyPair,
    options: SandboxOptions,
  ) {
    this.name = name;
    this.authority = authority;
    this.serving = serving;
    this.host = options.host ?? '127.0.0.1';
    this.link = options.link;
    this.watches = new WatchStreams(this.store, options.bookmarkMs ?? 60_000);
    this.handler = new RequestHandler(this.store, this.authorizer, this.watches, options.resources);
    this.authorizer.addAdmin(this.adminToken);
  }

  static async start(name: string, options: SandboxOptions = {}): Promise<SandboxApiServer> {
    const { authority, serving } = options.identity ?? (await ownIdentity(name, options.host));
    const server = new SandboxApiServer(name, authority, serving, options);
    await server.listen();
    return server;
  }

  get url(): string {
    return `https://${this.host}:${this.port}`;
  }

  /** A client that may do everything. */
  get admin(): ApiClient {
    this.adminClient ??= new ApiClient({ server: this.url, ca: this.authority.cert, token: this.adminToken });
    return this.adminClient;
  }

  /** Sockets that are open now. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Sets keys of a Secret behind the back of every fault. */
  editSecret(name: string, data: Readonly<Record<string, string>>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    this.store.update(
      SECRETS,
      'default',
      name,
      (current) => ({ ...current, data: { ...current.data, ...Object.fromEntries(encoded) } }),
      'behind-the-back',
    );
  }

  /** Listens, again after {@link refuse}, on the same port and with all that it held. */
  async listen(): Promise<void> {
    const server = createServer({ ...this.serving, keepAliveTimeout: 90_000 }, (request, response) => {
      void this.answer(request, response);
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.handshakes++;
      // Node's types leave out that there may be none.
      this.serverName = (socket as { servername?: string | false }).servername;
    });
    server.on('connection', (socket: Duplex) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    const { link } = this;
    const listener = link
      ? createTcpServer((socket) => void server.emit('connection', link(socket)))
      : server;
    this.server = server;
    this.listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, this.host, resolve);
    });
    const address = listener.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  /** Stops listening and cuts every connection: dials are refused. */
  async refuse(): Promise<void> {
    const { listener } = this;
    const closed = new Promise((resolve) => (listener ? listener.close(resolve) : resolve(undefined)));
    this.cutConnections();
    await closed;
    this.server = undefined;
    this.listener = undefined;
  }

  /** Closes every connection that is open now. */
  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Presents another certificate to every new connection. */
  useCertificate(pair: KeyPair): void {
    this.serving = pair;
    this.server?.setSecureContext(pair);
    this.cutConnections();
  }

  async stop(): Promise<void> {
    await this.refuse();
    await this.adminClient?.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const method = request.method ?? 'GET';
    this.requests.push(`${method} ${path}`);
    const fault = this.faults.take({ method, path, watch: query.includes('watch=true') });
    if (fault && !(await play(fault, response))) return;
    await this.handler.handle(request, response);
  }
}

async function ownIdentity(
  name: string,
  host = '127.0.0.1',
): Promise<NonNullable<SandboxOptions['identity']>> {
  const authority = await CertificateAuthority.create(`${name}-ca`);
  const hosts = [host, 'localhost', `${name}.test`];
  return { authority, serving: await authority.issue({ commonName: name, hosts }) };
}
