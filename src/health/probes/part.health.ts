import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { type Part, partOf } from '../problems/problem.ts';
import type { Status } from '../status/status.ts';
import { StatusReporter } from '../status/status.reporter.ts';

/** What health shows of a part beside its problems. */
const DETAILS: Record<Part, (status: Status) => object> = {
  leadership: ({ leadership }) => leadership,
  registry: ({ registry, registries }) => ({ ...registry, ...(registries && { registries }) }),
  clusters: ({ counts }) => ({ counts }),
  aggregate: ({ aggregate }) => aggregate,
  extensions: ({ extensions = [], outputs = [] }) => ({ loaded: extensions, outputs }),
};

/** One part of the service: up while it has no problem that is an error. */
@Injectable()
export class PartHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly status: StatusReporter,
  ) {}

  check(part: Part) {
    const report = this.status.report();
    const problems = report.problems.filter(({ code }) => partOf(code) === part);
    const indicator = this.indicators.check(part);
    const detail = { ...DETAILS[part](report), problems };
    return problems.some(({ severity }) => severity === 'error')
      ? indicator.down(detail)
      : indicator.up(detail);
  }
}
