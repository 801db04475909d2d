/** How `mcce` ends. */
export const EXIT = {
  good: 0,
  /** It worked, and something is not as it should be: a cluster is stale, an entry is refused, there are differences. */
  degraded: 1,
  /** It did not work, or was asked in a way that cannot be understood. */
  failed: 2,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
