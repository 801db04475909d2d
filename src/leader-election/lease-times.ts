/**
 * The times of an election: those of Kubernetes' own components (client-go, `tools/leaderelection`). Milliseconds, but for
 * the jitter. It is its own DI token.
 */
export class LeaseTimes {
  /** How long a renewal counts for the other replicas. */
  readonly leaseMs: number = 15_000;
  /** How long it counts for the leader, who then stops writing. What it is shorter by is left for what is on its way. */
  readonly renewDeadlineMs: number = 10_000;
  /** Between two renewals, and after a try to take the Lease that failed. */
  readonly retryMs: number = 2_000;
  /** Share by which the pause after such a failure may grow, so that replicas do not try in step. */
  readonly jitter: number = 1.2;
  /** For one request. A renewal that hangs so long can be tried once more before the deadline. */
  readonly requestMs: number = 4_000;
}
