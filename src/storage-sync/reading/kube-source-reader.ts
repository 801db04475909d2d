import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { Settings } from '../../base/config/settings.ts';
import { explain } from '../../base/errors/explanation.ts';
import { toKubeRequestError } from '../../kube/failures/failure-classifier.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { ObjectStream } from '../../kube/watching/object-stream.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import type { TransferBudget } from '../../base/time/transfer-budget.ts';
import { type ReadResult, SourceReader, type WatchOffer, type WatchResult } from './source-reader.ts';
import { failureResult, readingOf } from './source-result.ts';

/** How long a stream lasts before the source is read as a whole again, on average; with 10% jitter. Seconds. */
const REREAD_SECONDS = 600;
const JITTER = 0.1;
/** API servers send a bookmark about once a minute. Milliseconds. */
const SILENCE_MS = 90_000;

/**
 * Reads and watches a source on the cluster's kept connection. To watch, it has to list; where a cluster grants only `get`, it
 * reads by that, and says so.
 */
@Injectable()
export class KubeSourceReader extends SourceReader {
  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
    @InjectPinoLogger(KubeSourceReader.name) private readonly logger: PinoLogger,
  ) {
    super();
  }

  override async read(
    cluster: Cluster,
    options: { signal: AbortSignal; toWatch: boolean },
  ): Promise<ReadResult> {
    try {
      const { secret, watch } = await fetchSource(this.clientOf(cluster), options);
      return { ...readingOf(secret), ...(watch && { watch }) };
    } catch (thrown) {
      const error = toKubeRequestError(thrown);
      const log = { cluster: cluster.name, err: error };
      if (error.reason === 'internal') this.logger.error(log, 'read failed unexpectedly');
      else this.logger.debug(log, 'read failed');
      return failureResult(error);
    }
  }

  override async watch(
    cluster: Cluster,
    from: string,
    { signal, budget }: { signal: AbortSignal; budget: TransferBudget },
  ): Promise<AsyncIterable<WatchResult>> {
    const limits = {
      openTimeoutMs: this.settings.readTimeoutMs,
      silenceMs: SILENCE_MS,
      budget,
      streamSeconds: Math.round(REREAD_SECONDS * (1 + JITTER * (2 * Math.random() - 1))),
    };
    return this.results(await ObjectStream.open(this.clientOf(cluster), from, limits, signal));
  }

  private async *results(stream: ObjectStream<SecretSnapshot>): AsyncGenerator<WatchResult, void> {
    for await (const event of stream) {
      if (event.type === 'BOOKMARK') yield 'unchanged';
      else yield readingOf(event.type === 'DELETED' ? undefined : event.object);
    }
    if (stream.fellSilent) yield 'silent';
    if (stream.wasRestless) yield 'restless';
  }

  private clientOf(cluster: Cluster): SecretClient {
    return new SecretClient(cluster.client, this.refs.source);
  }
}

async function fetchSource(
  client: SecretClient,
  { signal, toWatch }: { signal: AbortSignal; toWatch: boolean },
): Promise<{ secret: SecretSnapshot | undefined; watch?: WatchOffer }> {
  if (!toWatch) return { secret: await client.get(signal) };
  try {
    const { object: secret, resourceVersion: from } = await client.list(signal);
    return { secret, watch: { from } };
  } catch (error) {
    if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
    return { secret: await client.get(signal), watch: { refusal: explain(error) } };
  }
}
