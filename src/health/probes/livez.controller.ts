import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { SyncView } from '../../storage-sync/sync-view.ts';

/**
 * Liveness: the event loop answers and the scheduler turns. A plain controller, since Terminus answers 503 to everything
 * while the service stops, and a service that stops in good order must not be killed.
 */
@Controller('livez')
export class LivezController {
  constructor(private readonly sync: SyncView) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  check(): { status: 'ok' } {
    if (this.sync.overdue) throw new ServiceUnavailableException('The scheduler has stopped turning.');
    return { status: 'ok' };
  }
}
