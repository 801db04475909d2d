import type { Explanation } from '../../base/errors/explanation.ts';

/** The parts of the service that health judges. */
export type Part = 'leadership' | 'registry' | 'clusters' | 'aggregate' | 'extensions';

/** What a code means: which part it is about, and how bad it is. */
interface ProblemKind {
  readonly part: Part;
  /** `error`: something is not as it should be. `warning`: it works, and will not forever. */
  readonly severity: 'error' | 'warning';
}

/** Everything that can be wrong. docs/errors.md explains each code, and a test keeps the two together. */
export const PROBLEMS = {
  LeadershipUnknown: { part: 'leadership', severity: 'error' },
  RegistryUnknown: { part: 'registry', severity: 'error' },
  RegistryUnusable: { part: 'registry', severity: 'error' },
  RegistryWatchLost: { part: 'registry', severity: 'error' },
  RegistryNearlyFull: { part: 'registry', severity: 'warning' },
  RemovalHeld: { part: 'registry', severity: 'error' },
  EntryShadowed: { part: 'registry', severity: 'error' },
  EntryRefused: { part: 'clusters', severity: 'error' },
  ClusterPending: { part: 'clusters', severity: 'error' },
  ClusterUnreachable: { part: 'clusters', severity: 'error' },
  SourceMissing: { part: 'clusters', severity: 'error' },
  SourceInvalid: { part: 'clusters', severity: 'error' },
  AggregateTooLarge: { part: 'clusters', severity: 'error' },
  ClusterTwice: { part: 'clusters', severity: 'warning' },
  ClusterIsHub: { part: 'clusters', severity: 'warning' },
  CredentialExpiring: { part: 'clusters', severity: 'warning' },
  CredentialExpired: { part: 'clusters', severity: 'warning' },
  AggregatePending: { part: 'aggregate', severity: 'error' },
  AggregatePaused: { part: 'aggregate', severity: 'error' },
  AggregateContested: { part: 'aggregate', severity: 'error' },
  AggregateWriteFailed: { part: 'aggregate', severity: 'error' },
  AggregateWatchLost: { part: 'aggregate', severity: 'error' },
  AggregateNearlyFull: { part: 'aggregate', severity: 'warning' },
  OutputFailed: { part: 'extensions', severity: 'error' },
  ExtensionFailed: { part: 'extensions', severity: 'error' },
} as const satisfies Record<string, ProblemKind>;

/** One of {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Something that is not as it should be. `/health`, `mcce status`, Events and metrics say this and judge nothing themselves. */
export interface Problem extends Explanation {
  /** One of {@link PROBLEMS}, or one of an extension's own. */
  readonly code: string;
  readonly severity: ProblemKind['severity'];
  /** What it is about: `registry`, `aggregate/size`, `cluster/east`, `cluster/east/token`, `registries/argocd-clusters`. A subject has one problem at most. */
  readonly subject: string;
  /** To run next, for a POSIX shell; absent: no command helps. */
  readonly command?: string;
  readonly since: Date;
}

/** The part that a code is about: those of extensions are about extensions. */
export function partOf(code: string): Part {
  return isOurs(code) ? PROBLEMS[code].part : 'extensions';
}

function isOurs(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** Builds a problem. @param since when it began */
export function problem(
  code: ProblemCode,
  subject: string,
  since: Date,
  { message, remedy }: Explanation,
): Problem {
  const { severity } = PROBLEMS[code];
  return { code, severity, subject, message, ...(remedy !== undefined && { remedy }), since };
}
