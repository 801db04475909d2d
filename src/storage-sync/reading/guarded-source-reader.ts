import { ExtensionFailedError } from '../../base/extending/extension-failed.error.ts';
import type { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import type { Provided } from '../../base/extending/ports.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { type ReadResult, SourceReader, type WatchResult } from './source-reader.ts';
import { failureResult } from './source-result.ts';

/** The reader of an extension. Where it throws, or has no answer in time, that is the result of the cluster, with the extension's name. */
export class GuardedSourceReader extends SourceReader {
  constructor(
    private readonly provided: Provided<SourceReader>,
    private readonly faults: ExtensionFaults,
  ) {
    super();
  }

  override async read(
    cluster: Cluster,
    options: { signal: AbortSignal; toWatch: boolean },
  ): Promise<ReadResult> {
    const { extension, instance } = this.provided;
    try {
      const result = await untilAborted(options.signal, instance.read(cluster, options));
      this.faults.call(extension, 'SourceReader.read', () => result.reason);
      return result;
    } catch (error) {
      if (options.signal.aborted) return failureResult(new KubeRequestError({ reason: 'timeout' }));
      this.faults.call(extension, 'SourceReader.read', () => {
        throw error;
      });
      const { message, remedy } = new ExtensionFailedError(extension, 'SourceReader.read');
      return { reason: 'internal', message, remedy };
    }
  }

  override async watch(...args: Parameters<SourceReader['watch']>): Promise<AsyncIterable<WatchResult>> {
    const [, , { signal }] = args;
    return await untilAborted(signal, this.provided.instance.watch(...args));
  }
}
