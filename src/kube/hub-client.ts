import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HubCredentials } from './hub-credentials.ts';
import { KubeClient } from './kube-client.ts';

/** The client of the hub. It closes last, when nothing writes any more. */
@Injectable()
export class HubClient extends KubeClient implements OnApplicationShutdown {
  constructor(credentials: HubCredentials) {
    super(credentials);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
