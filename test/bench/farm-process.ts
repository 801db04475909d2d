// Clusters of the benchmark: a process of its own, so that their work does not count as the exporter's.

import { randomBytes } from 'node:crypto';
import { SECRETS } from '../sandbox/resource-store.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { CertificateAuthority } from '../support/pki.ts';
import { DelayedLink, type LinkConditions } from './delayed-link.ts';
import { type Endpoint, FARM_SERVER_NAME, type FarmCommand, sourceData } from './farm-protocol.ts';

interface Cluster {
  server: SandboxApiServer;
  conditions: LinkConditions;
}

const clusters = new Map<number, Cluster>();
let restless: NodeJS.Timeout | undefined;

process.on('message', (command: FarmCommand & { id: number }) => {
  void carryOut(command).then((answer) => process.send?.({ id: command.id, answer }));
});
process.on('disconnect', () => process.exit());

async function carryOut(command: FarmCommand): Promise<unknown> {
  switch (command.kind) {
    case 'start':
      return await start(command);
    case 'change': {
      const changedAt = process.hrtime.bigint();
      for (const index of command.clusters)
        clusters.get(index)?.server.editSecret('storage-config', sourceData(command.text));
      return String(changedAt);
    }
    case 'black-hole':
      for (const [index, { server, conditions }] of clusters) {
        conditions.blackHole = command.clusters.includes(index);
        if (conditions.blackHole) server.cutConnections();
      }
      return null;
    case 'restless': {
      clearInterval(restless);
      const { server } = cluster(command.cluster);
      if (command.perSecond > 0)
        restless = setInterval(
          () => server.editSecret('storage-config', sourceData(String(process.hrtime.bigint()))),
          1_000 / command.perSecond,
        );
      return null;
    }
    case 'entry':
      return endpoint(cluster(command.cluster).server, command.polled ? ['get'] : undefined);
    case 'counters': {
      const sum = (count: (server: SandboxApiServer) => number) =>
        [...clusters.values()].reduce((total, { server }) => total + count(server), 0);
      return {
        requests: sum(({ requests }) => requests.length),
        handshakes: sum(({ handshakes }) => handshakes),
      };
    }
  }
}

async function start({
  first,
  clusters: count,
  roundTripMs,
}: Extract<FarmCommand, { kind: 'start' }>): Promise<Endpoint[]> {
  const authority = await CertificateAuthority.create('farm-ca');
  const serving = await authority.issue({ commonName: 'farm', hosts: [FARM_SERVER_NAME] });
  for (let index = first; index < first + count; index++) {
    const conditions = { roundTripMs, blackHole: false };
    const server = await SandboxApiServer.start(`c${index}`, {
      // All of 127.0.0.0/8 is loopback.
      host: `127.1.${index >> 8}.${index & 255}`,
      identity: { authority, serving },
      link: (socket) => new DelayedLink(socket, conditions),
    });
    server.store.create(
      SECRETS,
      'default',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'storage-config' }, data: {} },
      'farm',
    );
    server.editSecret('storage-config', sourceData('first'));
    clusters.set(index, { server, conditions });
  }
  return [...clusters.values()].map(({ server }) => endpoint(server));
}

function endpoint(server: SandboxApiServer, verbs = ['get', 'list', 'watch']): Endpoint {
  const token = randomBytes(24).toString('hex');
  server.authorizer.addUser(token, [{ verbs, resource: 'secrets', names: ['storage-config'] }]);
  return { server: server.url, ca: server.authority.cert, token };
}

function cluster(index: number): Cluster {
  const found = clusters.get(index);
  if (!found) throw new Error(`the farm has no cluster ${index}`);
  return found;
}
