import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { HubClient } from './hub-client.ts';
import { SecretClient } from './secret-client.ts';
import type { SecretRef } from './secret-ref.ts';
import { SecretWatcher } from './secret-watcher.ts';

/** Makes watchers of Secrets on the hub. */
@Injectable()
export class SecretWatcherFactory {
  constructor(
    private readonly hub: HubClient,
    @InjectPinoLogger(SecretWatcher.name) private readonly logger: PinoLogger,
  ) {}

  /** @returns a watcher that was not started; whoever asks for it starts and stops it */
  onHub(ref: SecretRef): SecretWatcher {
    return new SecretWatcher(new SecretClient(this.hub, ref), this.logger.logger);
  }
}
