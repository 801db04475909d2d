import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { toKubeRequestError } from '../../kube/failures/failure-classifier.ts';
import type { TlsOptions } from '../../kube/http/api-server-target.ts';
import { certificateFinding, type Expectation, type Presented } from './certificate-finding.ts';
import { failedBy, type Finding, good, notNeeded } from './finding.ts';
import type { Step } from './step-runner.ts';

/** How an API server is reached. */
export interface Route {
  readonly server: URL;
  readonly proxy?: URL;
  readonly tls: TlsOptions;
  readonly place: Expectation['place'];
}

/**
 * DNS, TCP and TLS, each on its own. Where a proxy is in between, name and port are its own; the tunnel through it is left to the
 * first request.
 *
 * @param route asked by each step, since a step before them may have to find it
 */
export function networkSteps(route: () => Route): Step[] {
  return [
    { name: 'DNS', run: () => resolveName(route()) },
    { name: 'TCP', run: (signal) => dial(route(), signal) },
    { name: 'TLS', run: (signal) => shakeHands(route(), signal) },
  ];
}

async function resolveName(route: Route): Promise<Finding> {
  const { host } = dialled(route);
  if (isIP(host) !== 0) return notNeeded(`${whose(route)} is an IP address.`);
  try {
    const addresses = await lookup(host, { all: true });
    return good(`${host} is ${addresses.map(({ address }) => address).join(', ')}.`);
  } catch (error) {
    const { details } = toKubeRequestError(error);
    const evidence = details.networkCode === undefined ? '' : ` (${details.networkCode})`;
    return failedBy(error, {
      message: `The name ${host} cannot be resolved${evidence}.`,
      remedy: `Correct the host in the ${route.place}, or the resolver.`,
    });
  }
}

async function dial(route: Route, signal: AbortSignal): Promise<Finding> {
  const { host, port } = dialled(route);
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
    return good(route.proxy && `to the proxy ${host}:${port}`);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

async function shakeHands(route: Route, signal: AbortSignal): Promise<Finding> {
  if (route.proxy) return notNeeded("It is in the proxy's tunnel, which the next step opens.");
  const address = dialled(route);
  const presented = await probeTls(address, route.tls, signal);
  return certificateFinding(presented, {
    name: route.tls.servername ?? address.host,
    insecure: route.tls.rejectUnauthorized === false,
    place: route.place,
  });
}

/** Whom the connection is made to. */
function dialled({ server, proxy }: Route): Address {
  const { hostname, port, protocol } = proxy ?? server;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
  };
}

function whose({ proxy }: Route): string {
  return proxy ? 'The proxy' : 'The server';
}

/** Where a server listens. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Shakes hands as a client with these options would, and says what the server presented. A certificate that is not accepted does not
 * end it, so that it can be looked at; nothing is sent to the server afterwards.
 *
 * @throws Error of the connection, or of the handshake
 */
async function probeTls({ host, port }: Address, tls: TlsOptions, signal: AbortSignal): Promise<Presented> {
  const socket = connectTls({
    ...tls,
    host,
    port,
    servername: tls.servername ?? (isIP(host) === 0 ? host : ''),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
  });
  // What comes after the handshake is not our business.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'secureConnect', { signal });
    // The types say Error; it is a code, or the text of an error without one.
    const problem = socket.authorizationError as string | Error | null | undefined;
    return {
      certificate: socket.getPeerX509Certificate(),
      problem: problem ? String(problem) : undefined,
    };
  } finally {
    socket.destroy();
  }
}
