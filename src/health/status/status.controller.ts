import { Controller, Get, Header } from '@nestjs/common';
import type { Status } from './status.ts';
import { StatusReporter } from './status.reporter.ts';

/** The state of every cluster, for people and tools. */
@Controller('api/v1/status')
export class StatusController {
  constructor(private readonly reporter: StatusReporter) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  status(): Status {
    return this.reporter.report();
  }
}
