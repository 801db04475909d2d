import { defineConfig } from 'vitest/config';

// `unit` runs beside the source in seconds; `faults` drives the built exporter on the sandbox; `contract` and `e2e` start real
// API servers; `chart` has the real helm render the chart; `page` drives Chromium. One after the other, since some watch the clock.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
          include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
          setupFiles: ['reflect-metadata'],
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          sequence: { groupOrder: 1 },
          include: ['test/contract/*.contract.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'chart',
          sequence: { groupOrder: 1 },
          include: ['test/chart/*.chart.ts'],
          setupFiles: ['reflect-metadata'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          sequence: { groupOrder: 2 },
          include: ['test/faults/*.faults.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxConcurrency: 40,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          sequence: { groupOrder: 3 },
          include: ['test/page/*.page.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 4 },
          include: ['test/e2e/*.e2e.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
