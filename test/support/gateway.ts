import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { CertificateAuthority } from './pki.ts';

/** Sees a request before it is passed on: `POST /api/v1/namespaces/default/secrets`. */
export type Guard = (request: string) => Promise<void> | void;

/** A way to an API server on which tests see each request before it arrives, and can do something else first. */
export class Gateway {
  readonly url: string;
  /** Authority of its certificate, PEM. */
  readonly ca: string;
  guard: Guard = () => undefined;
  private readonly server: Server;
  private readonly agent: Agent;

  private constructor(target: { url: string; ca: string }, server: Server, ca: string) {
    this.server = server;
    this.ca = ca;
    this.agent = new Agent({ connect: { ca: target.ca } });
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (near: IncomingMessage, answer: ServerResponse) => {
      this.pass(target.url, near, answer).catch(() => answer.destroy());
    });
  }

  static async to(target: { url: string; ca: string }): Promise<Gateway> {
    const authority = await CertificateAuthority.create('gateway-ca');
    const server = createServer(await authority.issue({ commonName: 'gateway', hosts: ['127.0.0.1'] }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gateway(target, server, authority.cert);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    await this.agent.destroy();
  }

  private async pass(origin: string, near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = near;
    const body = await buffer(near);
    await this.guard(`${method} ${url.split('?')[0]}`);
    const { host: _host, connection: _connection, ...headers } = near.headers;
    const far = await request(`${origin}${url}`, {
      method: method as 'GET',
      headers: headers as Record<string, string>,
      body: body.length > 0 ? body : null,
      dispatcher: this.agent,
    });
    answer.writeHead(far.statusCode, far.headers as Record<string, string>);
    // A watch is answered as it goes on.
    answer.flushHeaders();
    await pipeline(far.body, answer);
  }
}
