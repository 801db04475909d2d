import { createServer, type Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiClient } from './api-client.ts';
import { CertificateAuthority } from './pki.ts';

/** One line of a log. */
interface Line {
  readonly time: string;
  readonly text: string;
}

/** Somebody who follows the log of a pod. */
interface Follower {
  readonly pod: string;
  readonly send: (line: Line) => void;
  readonly response: ServerResponse;
}

/** The part of a kubelet that has the logs of pods: what the API server asks for `pods/log`. Each container of a pod has the same. */
export class Kubelet {
  readonly node: string;
  private readonly server: Server;
  private readonly logs = new Map<string, Line[]>();
  private readonly followers = new Set<Follower>();

  private constructor(node: string, server: Server) {
    this.node = node;
    this.server = server;
  }

  /**
   * Makes a Node object that leads to it.
   *
   * @param address of this machine, by which the API server reaches it
   */
  static async start(admin: ApiClient, node: string, address: string): Promise<Kubelet> {
    const authority = await CertificateAuthority.create('kubelet-ca');
    const serving = await authority.issue({ commonName: node, hosts: [address] });
    const server = createServer(serving);
    const kubelet = new Kubelet(node, server);
    server.on('request', ({ url = '' }, response: ServerResponse) =>
      kubelet.answer(new URL(url, `https://${node}`), response),
    );
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const { port: Port } = server.address() as AddressInfo;
    await admin.must('POST', '/api/v1/nodes', { body: { metadata: { name: node } } });
    await admin.must('PATCH', `/api/v1/nodes/${node}/status`, {
      body: {
        status: {
          addresses: [{ type: 'InternalIP', address }],
          daemonEndpoints: { kubeletEndpoint: { Port } },
        },
      },
      contentType: 'application/merge-patch+json',
    });
    return kubelet;
  }

  /** Adds lines to the log of a pod. */
  log(pod: string, text: string): void {
    const lines = this.logs.get(pod) ?? [];
    this.logs.set(pod, lines);
    for (const each of text.trimEnd().split('\n')) {
      const line = { time: timeOf(lines.length), text: each };
      lines.push(line);
      for (const follower of this.followers) if (follower.pod === pod) follower.send(line);
    }
  }

  /** How many follow the log of a pod. */
  followersOf(pod: string): number {
    return [...this.followers].filter((follower) => follower.pod === pod).length;
  }

  /** Ends every stream, as when a container ends. */
  endStreams(): void {
    for (const { response } of this.followers) response.end();
    this.followers.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ pathname, searchParams }: URL, response: ServerResponse): void {
    const [, kind, , pod = ''] = pathname.split('/');
    const lines = this.logs.get(pod);
    if (kind !== 'containerLogs' || !lines) {
      response.writeHead(404).end();
      return;
    }
    const has = (name: string) => searchParams.get(name) === 'true';
    const send = ({ time, text }: Line) =>
      void response.write(has('timestamps') ? `${time} ${text}\n` : `${text}\n`);
    const since = searchParams.get('sinceTime');
    const tail = Number(searchParams.get('tailLines') ?? lines.length);
    const young = lines.filter(({ time }) => since === null || Date.parse(time) >= Date.parse(since));
    response.writeHead(200);
    response.flushHeaders();
    for (const line of young.slice(Math.max(0, young.length - tail))) send(line);
    if (!has('follow')) {
      response.end();
      return;
    }
    const follower = { pod, send, response };
    this.followers.add(follower);
    response.once('close', () => this.followers.delete(follower));
  }
}

/** Of the line with this index: ten of them in a second, since 2026. */
function timeOf(index: number): string {
  return new Date(Date.UTC(2026, 0) + index * 100).toISOString().replace('Z', '000000Z');
}
