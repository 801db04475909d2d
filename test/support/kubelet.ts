import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ApiClient } from './api-client.ts';
import { CertificateAuthority } from './pki.ts';

/** The part of a kubelet that has the logs of pods: what the API server asks for `pods/log`. */
export class Kubelet {
  readonly node: string;
  private readonly server: Server;

  private constructor(node: string, server: Server) {
    this.node = node;
    this.server = server;
  }

  /**
   * Makes a Node object that leads to it.
   *
   * @param address of this machine, by which the API server reaches it
   * @param log of every pod
   */
  static async start(admin: ApiClient, node: string, address: string, log: string): Promise<Kubelet> {
    const authority = await CertificateAuthority.create('kubelet-ca');
    const serving = await authority.issue({ commonName: node, hosts: [address] });
    const server = createServer(serving, (request, response) => {
      const found = request.url?.startsWith('/containerLogs/') === true;
      response.writeHead(found ? 200 : 404).end(found ? log : '');
    });
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
    return new Kubelet(node, server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
