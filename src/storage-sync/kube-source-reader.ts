import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../cluster-config/cluster.ts';
import { Settings } from '../config/settings.ts';
import { toKubeRequestError } from '../kube/failure-classifier.ts';
import { SecretClient } from '../kube/secret-client.ts';
import { ObjectRefs } from '../kube/object-refs.ts';
import { payloadProblem } from './payload-check.ts';
import { encodeSource } from './source-content.ts';
import { type ReadResult, SourceReader } from './source-reader.ts';

/** Reads a source by one GET on the cluster's kept connection. */
@Injectable()
export class KubeSourceReader extends SourceReader {
  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
    @InjectPinoLogger(KubeSourceReader.name) private readonly logger: PinoLogger,
  ) {
    super();
  }

  override async read(cluster: Cluster, signal: AbortSignal): Promise<ReadResult> {
    try {
      const { data } = await new SecretClient(cluster.client, this.refs.source).get(signal);
      const problem = payloadProblem(this.settings.payloadCheck, data);
      if (problem !== undefined) return { reason: 'invalid_payload', message: problem };
      const content = encodeSource(data);
      if (content) return { reason: 'ok', content };
      return {
        reason: 'invalid_payload',
        message: 'A value of the source is not base64, which no API server serves.',
      };
    } catch (thrown) {
      const error = toKubeRequestError(thrown);
      const log = { cluster: cluster.name, err: error };
      if (error.reason === 'internal') this.logger.error(log, 'read failed unexpectedly');
      else this.logger.debug(log, 'read failed');
      const { reason, message, retryAfterMs } = error;
      return { reason, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
  }
}
