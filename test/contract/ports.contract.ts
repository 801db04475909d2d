import 'reflect-metadata';
import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Settings } from '../../src/base/config/settings.ts';
import { createClusterClient } from '../../src/kube/http/cluster-client.ts';
import type { HubClient } from '../../src/kube/hub/hub-client.ts';
import type { ObjectRefs } from '../../src/kube/hub/object-refs.ts';
import { SecretClient } from '../../src/kube/objects/secret-client.ts';
import { KubeAggregateWriter } from '../../src/storage-sync/publishing/aggregate/kube-aggregate-writer.ts';
import { KubeSourceReader } from '../../src/storage-sync/reading/kube-source-reader.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import {
  type AggregateWriterRig,
  aggregateWriterContract,
} from '../testing/aggregate-writer.contract-cases.ts';
import { type SourceReaderRig, sourceReaderContract } from '../testing/source-reader.contract-cases.ts';
import { API_SERVERS, type ApiServerUnderTest } from './api-servers.ts';

const NAMESPACE = 'default';

describe.each(Object.entries(API_SERVERS))('on %s', (_name, startServer) => {
  let server: ApiServerUnderTest;
  let token: string;
  let count = 0;

  beforeAll(async () => {
    server = await startServer();
    const verbs = ['get', 'list', 'watch', 'create', 'patch'];
    token = await server.tokenFor([{ verbs, resource: 'secrets' }]);
  });

  afterAll(async () => {
    await server?.stop();
  });

  /** A Secret that no other test has, and a way to it that can be cut. */
  const startWay = async () => {
    const name = `port-${++count}`;
    const relay = await TcpRelay.to(server.url);
    const endpoint = { server: new URL(relay.url), tls: { ca: server.ca }, bearerToken: token };
    const client = createClusterClient(endpoint, 2_000);
    const stop = async () => {
      await client.close();
      await relay.stop();
    };
    return { name, relay, client, editor: new SecretEditor(server.admin, name), stop };
  };

  const startReader = async (): Promise<SourceReaderRig> => {
    const { name, relay, client, editor, stop } = await startWay();
    const reader = new KubeSourceReader(
      { readTimeoutMs: 2_000 } as Settings,
      { source: { namespace: NAMESPACE, name } } as ObjectRefs,
      new PinoLogger({ pinoHttp: { logger: pino({ level: 'silent' }) } }),
    );
    let keys: string[] | undefined;
    return {
      reader,
      cluster: {
        name: 'east',
        registry: 'secret',
        server: relay.url,
        client,
        signal: new AbortController().signal,
        identity: '',
        expiries: [],
      },
      hold: async (texts) => {
        if (!texts) await editor.delete();
        else if (!keys) await editor.create(texts);
        else await editor.edit({ ...Object.fromEntries(keys.map((key) => [key, null])), ...texts });
        keys = texts && Object.keys(texts);
      },
      // Nobody listens there any more.
      refuse: () => relay.stop(),
      hang: async () => relay.cut(),
      stop,
    };
  };

  const startWriter = async (): Promise<AggregateWriterRig> => {
    const { name, relay, client, editor, stop } = await startWay();
    const aggregateParts = [{ namespace: NAMESPACE, name }];
    return {
      writer: new KubeAggregateWriter(
        client as unknown as HubClient,
        { aggregateParts } as unknown as ObjectRefs,
      ),
      held: async () => {
        const secret = new SecretClient(client, { namespace: NAMESPACE, name });
        return (await secret.list(AbortSignal.timeout(5_000))).object;
      },
      interfere: (key, text) => editor.edit({ [key]: text }),
      hang: async () => relay.cut(),
      stop,
    };
  };

  describe('the reader of sources', () => {
    for (const { name, run } of sourceReaderContract(startReader)) it(name, run);
  });

  describe('the writer of the aggregate', () => {
    for (const { name, run } of aggregateWriterContract(startWriter)) it(name, run);
  });
});
