import type { OnApplicationShutdown } from '@nestjs/common';
import { KubeClient } from '../http/kube-client.ts';

/** The client of the hub. It closes last, when nothing writes any more. */
export class HubClient extends KubeClient implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
