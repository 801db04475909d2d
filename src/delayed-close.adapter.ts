import { setTimeout as delay } from 'node:timers/promises';
import { ExpressAdapter } from '@nestjs/platform-express';

/**
 * Serves for a while longer once a stop has begun: until every node knows that the pod is no longer an endpoint of its Service, requests
 * still arrive. As kube-apiserver does with `--shutdown-delay-duration`.
 */
export class DelayedCloseAdapter extends ExpressAdapter {
  private noticed: Promise<void> = Promise.resolve();

  /** @param delayMs how long the port stays open, from the start of the stop. Milliseconds */
  constructor(private readonly delayMs: number) {
    super();
  }

  /** To be called when a stop begins. What else stops does not wait for it. */
  delayClose(): void {
    this.noticed = delay(this.delayMs);
  }

  override async close(): Promise<void> {
    await this.noticed;
    await super.close();
  }
}
