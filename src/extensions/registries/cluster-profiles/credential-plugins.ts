import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import PQueue from 'p-queue';
import { type PluginCall, type PluginCredentials, type PluginLimits, runPlugin } from './exec-plugin.ts';
import { PluginBackedCredentials } from './plugin-credentials.ts';

/** A plugin may ask a cloud and wait; a read that gives up earlier finds the answer at its next try. */
const LIMITS: PluginLimits = { timeoutMs: 30_000, outputBytes: 256 * 1024 };

/** Processes at once. They are most often interpreters that need as much memory as we do. */
const AT_ONCE = 8;

/** Runs the plugins of all clusters: few at once, and one at most for each cluster. */
@Injectable()
export class CredentialPlugins implements OnModuleDestroy {
  private readonly queue = new PQueue({ concurrency: AT_ONCE });
  private readonly stopping = new AbortController();
  /** What runs, or ran last, for a cluster: an entry that was replaced is closed, and its successor waits until it has ended. */
  private readonly newest = new Map<string, Promise<unknown>>();

  credentialsOf(cluster: string, call: PluginCall): PluginBackedCredentials {
    return new PluginBackedCredentials((signal) => this.run(cluster, call, signal));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.queue.onIdle();
  }

  /** @param closed aborts when the cluster is gone, or has another entry */
  private async run(cluster: string, call: PluginCall, closed: AbortSignal): Promise<PluginCredentials> {
    const signal = AbortSignal.any([closed, this.stopping.signal]);
    const before = this.newest.get(cluster);
    const result = (async () => {
      await before?.catch(() => undefined);
      return await this.queue.add(async () => await runPlugin(call, LIMITS, signal));
    })();
    this.newest.set(cluster, result);
    try {
      return await result;
    } finally {
      if (this.newest.get(cluster) === result) this.newest.delete(cluster);
    }
  }
}
