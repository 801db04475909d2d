import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { PinoLogger } from 'nestjs-pino';
import { HubClient, ObjectWatcherFactory } from '../../src/index.ts';
import type { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';

/** A client of a sandbox that may do everything there, as the hub's. Whoever asks for it closes it. */
export function hubClientOf(server: SandboxApiServer): HubClient {
  const token = randomBytes(16).toString('hex');
  server.authorizer.addAdmin(token);
  const credentials = { tls: { ca: server.authority.cert }, headers: { Authorization: `Bearer ${token}` } };
  return new HubClient({
    server: new URL(server.url),
    connections: 8,
    streamsTakeConnection: false,
    connectTimeoutMs: 5_000,
    credentials: () => credentials,
  });
}

/** Makes watchers that log nothing. */
export function silentWatchers(): ObjectWatcherFactory {
  return new ObjectWatcherFactory(new PinoLogger({ pinoHttp: { logger: pino({ level: 'silent' }) } }));
}
