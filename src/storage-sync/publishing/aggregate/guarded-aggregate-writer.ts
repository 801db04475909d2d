import { ExtensionFailedError } from '../../../base/extending/extension-failed.error.ts';
import type { ExtensionFaults } from '../../../base/extending/extension-faults.ts';
import type { Provided } from '../../../base/extending/ports.ts';
import { AggregateWriter } from './aggregate-writer.ts';

/** For one write; a stop waits for it, then for the Lease, and has 10 s in all. Milliseconds. */
const LIMIT_MS = 6_000;

/** The writer of an extension. What it throws that is none of our errors, and no answer at all, is a fault of the extension. */
export class GuardedAggregateWriter extends AggregateWriter {
  constructor(
    private readonly provided: Provided<AggregateWriter>,
    private readonly faults: ExtensionFaults,
  ) {
    super();
  }

  override async write(...args: Parameters<AggregateWriter['write']>): ReturnType<AggregateWriter['write']> {
    const [, , term] = args;
    const { extension, instance } = this.provided;
    try {
      const write = () => instance.write(...args);
      return await this.faults.attempt(extension, 'AggregateWriter.write', write, LIMIT_MS);
    } catch (error) {
      if (error instanceof ExtensionFailedError) term.writeMayStillArrive();
      throw error;
    }
  }
}
