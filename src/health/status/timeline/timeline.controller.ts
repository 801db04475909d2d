import { Controller, Get, Header } from '@nestjs/common';
import { Timeline } from './timeline.ts';
import type { Transition } from './transition.ts';

/** What `GET /api/v1/timeline` answers. */
export interface TimelineDocument {
  apiVersion: 'multi-cluster-config-exporter/v1';
  kind: 'Timeline';
  /** The oldest first. */
  transitions: readonly Transition[];
}

/** The latest transitions, for people and tools. */
@Controller('api/v1/timeline')
export class TimelineController {
  constructor(private readonly timeline: Timeline) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  transitions(): TimelineDocument {
    const { transitions } = this.timeline;
    return { apiVersion: 'multi-cluster-config-exporter/v1', kind: 'Timeline', transitions };
  }
}
