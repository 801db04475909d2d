import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Files that wait for other processes most of the time, so that more of them than there are cores run side by side. */
const SIDE_BY_SIDE = Math.min(8, 2 * availableParallelism());

/** Files that measure: how long something takes, or how a page responds. Nothing else runs beside one of them. */
const TIMED = [
  'test/faults/dead-region.faults.ts',
  'test/faults/hub-load.faults.ts',
  'test/page/large.page.ts',
];

// `unit` takes seconds; `service` runs the whole service on the sandbox, in the process of the test; `contract` and `e2e` start real API
// servers; `chart` renders the chart with the real Helm; `faults` runs the built exporter on the sandbox; `page` drives Chromium.
// Every file starts servers of its own, on free ports.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          maxWorkers: SIDE_BY_SIDE,
          testTimeout: 20_000,
          include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: ['test/service/**'],
          setupFiles: ['reflect-metadata'],
        },
      },
      {
        extends: true,
        test: {
          name: 'service',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          testTimeout: 20_000,
          include: ['test/service/*.spec.ts'],
          setupFiles: ['reflect-metadata'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          include: ['test/e2e/*.e2e.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          include: ['test/contract/*.contract.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          include: ['test/faults/*.faults.ts'],
          exclude: TIMED,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxConcurrency: 40,
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          include: ['test/page/*.page.ts'],
          exclude: TIMED,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'chart',
          sequence: { groupOrder: 1 },
          maxWorkers: SIDE_BY_SIDE,
          include: ['test/chart/*.chart.ts'],
          setupFiles: ['reflect-metadata'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          include: TIMED,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
