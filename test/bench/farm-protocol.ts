/** What the benchmark tells the processes of the clusters. Each one takes what is for its own clusters. */
export type FarmCommand =
  /** @param first index of its first cluster */
  | { kind: 'start'; first: number; clusters: number; roundTripMs: number }
  /** Gives sources another content. */
  | { kind: 'change'; clusters: readonly number[]; text: string }
  /** These clusters lose their connections and answer no dial any more; the others do. */
  | { kind: 'black-hole'; clusters: readonly number[] }
  /** Lets a fresh token read the source, besides those of before, and watch it unless it is to be polled. */
  | { kind: 'entry'; cluster: number; polled?: boolean }
  /** Changes this source so often from now on; 0: no more. */
  | { kind: 'restless'; cluster: number; perSecond: number }
  | { kind: 'counters' };

/** What it answers, command by command. */
export interface FarmAnswers {
  start: Endpoint[];
  /** When the sources changed: nanoseconds of `process.hrtime`, which all processes share, as text. */
  change: string;
  'black-hole': null;
  entry: Endpoint;
  restless: null;
  counters: { requests: number; handshakes: number };
}

/** How to reach one of the clusters. */
export interface Endpoint {
  server: string;
  ca: string;
  token: string;
}

/** The name that the certificate of every cluster carries. */
export const FARM_SERVER_NAME = 'cluster.farm.test';

/** A source of a usual size. */
export function sourceData(text: string): Record<string, string> {
  const password = text.padEnd(32, '.');
  return {
    opensearch: JSON.stringify({ host: 'https://opensearch.storage.svc:9200', username: 'primus', password }),
    postgres: JSON.stringify({
      host: 'postgres.storage.svc',
      port: 5432,
      database: 'primus',
      username: 'primus',
      password,
    }),
    prometheus: JSON.stringify({ read: 'http://vmselect.storage.svc:8481', write: 'http://vminsert:8480' }),
  };
}
