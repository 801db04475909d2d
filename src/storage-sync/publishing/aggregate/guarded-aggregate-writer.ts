import { ExtensionFailedError } from '../../../base/extending/extension-failed.error.ts';
import type { ExtensionFaults } from '../../../base/extending/extension-faults.ts';
import type { Provided } from '../../../base/extending/ports.ts';
import { ExporterError } from '../../../base/errors/exporter.error.ts';
import { AggregateWriter } from './aggregate-writer.ts';

/** For one write. Milliseconds. */
const LIMIT_MS = 30_000;

/** The writer of an extension. What it throws that is none of our errors, and no answer at all, is a fault of the extension. */
export class GuardedAggregateWriter extends AggregateWriter {
  constructor(
    private readonly provided: Provided<AggregateWriter>,
    private readonly faults: ExtensionFaults,
  ) {
    super();
  }

  override async write(...args: Parameters<AggregateWriter['write']>): ReturnType<AggregateWriter['write']> {
    const { extension, instance } = this.provided;
    const call = 'AggregateWriter.write';
    const answer = await this.faults.answer(
      extension,
      call,
      async () => {
        try {
          return { written: await instance.write(...args) };
        } catch (error) {
          // A conflict, or a refusal of the hub: how writing goes, and no fault.
          if (error instanceof ExporterError) return { error };
          throw error;
        }
      },
      LIMIT_MS,
    );
    if (!answer) throw new ExtensionFailedError(extension, call);
    if ('error' in answer.result) throw answer.result.error;
    return answer.result.written;
  }
}
