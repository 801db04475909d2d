import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { ObjectClient } from '../objects/object-client.ts';
import type { ObjectSnapshot } from '../objects/object-kind.ts';
import { ObjectWatcher } from './object-watcher.ts';

/** Makes watchers that log. */
@Injectable()
export class ObjectWatcherFactory {
  constructor(@InjectPinoLogger(ObjectWatcher.name) private readonly logger: PinoLogger) {}

  /** @returns a watcher that was not started; whoever asks for it starts and stops it */
  watcherOf<Snapshot extends ObjectSnapshot>(client: ObjectClient<Snapshot>): ObjectWatcher<Snapshot> {
    return new ObjectWatcher(client, this.logger.logger);
  }
}
