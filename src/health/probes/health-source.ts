import type { HealthIndicatorResult } from '@nestjs/terminus';

/**
 * A part of `/health` that an extension adds. A provider that extends it takes part. What it throws, or no answer within 2 s, is down, with
 * the name of the extension.
 */
export abstract class HealthSource {
  /** Made by `HealthIndicatorService` of `@nestjs/terminus`; reads only what is in memory. */
  abstract check(): HealthIndicatorResult | Promise<HealthIndicatorResult>;
}
