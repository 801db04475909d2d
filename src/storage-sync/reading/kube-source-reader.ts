import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { Settings } from '../../config/settings.ts';
import { explain } from '../../errors/explanation.ts';
import { toKubeRequestError } from '../../kube/failure-classifier.ts';
import { KubeRequestError } from '../../kube/kube-request.error.ts';
import { ObjectRefs } from '../../kube/object-refs.ts';
import { ObjectStream } from '../../kube/object-stream.ts';
import { SecretClient } from '../../kube/secret-client.ts';
import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import { type ReadResult, SourceReader, type WatchOffer, type WatchResult } from './source-reader.ts';
import { TransferBudget } from '../../time/transfer-budget.ts';
import { failureResult, sourceResult } from './source-result.ts';

/** How long a stream lives before the source is read as a whole again, on average; with 10% jitter. Seconds. */
const REREAD_SECONDS = 600;
const JITTER = 0.1;
/** API servers send a bookmark about once a minute. Milliseconds. */
const SILENCE_MS = 90_000;
/** After which a cluster that lets nobody watch is asked again. Milliseconds. */
const REFUSAL_COUNTS_MS = 10 * 60_000;

/**
 * Reads and watches a source on the cluster's kept connection. To watch, it has to list; where a cluster grants only `get`, it
 * reads by that, and says so.
 */
@Injectable()
export class KubeSourceReader extends SourceReader {
  /** Clusters that grant only `get`, and until when we believe so: milliseconds, monotonic. */
  private readonly onlyGet = new WeakMap<Cluster, { untilMs: number; refusal: string }>();

  /** For the changes that a cluster's streams bring. */
  private readonly budgets = new WeakMap<Cluster, TransferBudget>();

  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
    @InjectPinoLogger(KubeSourceReader.name) private readonly logger: PinoLogger,
  ) {
    super();
  }

  override async read(cluster: Cluster, signal: AbortSignal): Promise<ReadResult> {
    try {
      const { secret, watch } = await this.fetch(cluster, signal);
      return { ...this.resultOf(secret), ...(watch && { watch }) };
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
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchResult>> {
    const limits = {
      openTimeoutMs: this.settings.readTimeoutMs,
      silenceMs: SILENCE_MS,
      budget: this.budgetOf(cluster),
      streamSeconds: Math.round(REREAD_SECONDS * (1 + JITTER * (2 * Math.random() - 1))),
    };
    try {
      return this.results(await ObjectStream.open(this.clientOf(cluster), from, limits, signal));
    } catch (error) {
      if (error instanceof KubeRequestError && error.reason === 'forbidden')
        this.believeRefusal(cluster, error);
      throw error;
    }
  }

  private async fetch(
    cluster: Cluster,
    signal: AbortSignal,
  ): Promise<{ secret: SecretSnapshot | undefined; watch?: WatchOffer }> {
    const client = this.clientOf(cluster);
    if (!this.settings.watchSources) return { secret: await client.get(signal) };
    const refusal = this.refusalOf(cluster);
    if (refusal !== undefined) return { secret: await client.get(signal), watch: { refusal } };
    try {
      const { object: secret, resourceVersion: from } = await client.list(signal);
      return { secret, watch: { from } };
    } catch (error) {
      if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
      const secret = await client.get(signal);
      return { secret, watch: { refusal: this.believeRefusal(cluster, error) } };
    }
  }

  private async *results(stream: ObjectStream<SecretSnapshot>): AsyncGenerator<WatchResult, void> {
    for await (const event of stream) {
      if (event.type === 'BOOKMARK') yield 'unchanged';
      else yield this.resultOf(event.type === 'DELETED' ? undefined : event.object);
    }
    if (stream.wasRestless) yield 'restless';
  }

  private resultOf(secret: SecretSnapshot | undefined): ReadResult {
    return sourceResult(secret, this.settings.payloadCheck);
  }

  private budgetOf(cluster: Cluster): TransferBudget {
    const budget = this.budgets.get(cluster) ?? new TransferBudget();
    this.budgets.set(cluster, budget);
    return budget;
  }

  private refusalOf(cluster: Cluster): string | undefined {
    const belief = this.onlyGet.get(cluster);
    return belief && performance.now() < belief.untilMs ? belief.refusal : undefined;
  }

  private believeRefusal(cluster: Cluster, error: KubeRequestError): string {
    const refusal = explain(error);
    this.onlyGet.set(cluster, { untilMs: performance.now() + REFUSAL_COUNTS_MS, refusal });
    return refusal;
  }

  private clientOf(cluster: Cluster): SecretClient {
    return new SecretClient(cluster.client, this.refs.source);
  }
}
