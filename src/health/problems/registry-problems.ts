import type {
  RegistryState,
  RegistryStatus,
  ShadowedEntry,
} from '../../cluster-config/registries/registry-view.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import type { Status } from '../status/status.ts';
import { type Problem, problem } from './problem.ts';
import { watchProblems } from './watch-problems.ts';

/** What is wrong with a registry, after its name. */
const UNUSABLE: Partial<Record<RegistryState, Explanation>> = {
  missing: { message: 'does not exist on the hub.', remedy: 'Create it by adding a cluster.' },
  empty: {
    message: 'has no entry.',
    remedy: 'Add a cluster; or delete the aggregate, if no cluster is to be in it.',
  },
  all_rejected: { message: 'has no entry that is not refused.', remedy: 'Correct the entries.' },
};

/** What is wrong with the registries. */
export function registryProblems({
  registry,
  registries = [],
}: Pick<Status, 'registry' | 'registries'>): Problem[] {
  const { removal } = registry;
  return [
    ...(isUnneeded(registry, registries) ? [] : stateProblems('registry', 'The registry', registry)),
    ...registries.flatMap((each) => {
      const subject = `registries/${each.name}`;
      const others = [registry, ...registries.filter((other) => other !== each)];
      return [
        ...(isUnneeded(each, others) ? [] : stateProblems(subject, `The registry ${each.name}`, each)),
        ...each.shadowed.map((entry) => shadowProblem(subject, each, entry)),
      ];
    }),
    ...(removal
      ? [
          problem('RemovalHeld', 'registry/removal', removal.since, {
            message: `The entries of ${counted(removal.clusters.length, 'cluster')} left the registry at once, and their keys are kept (removal ${removal.digest}): ${named(removal.clusters)}.`,
            remedy: `Put the entries back; or, if the removal is meant, confirm it with: mcce cluster confirm-removal ${removal.digest}`,
          }),
        ]
      : []),
  ];
}

/** How one registry stands, as far as it is judged. */
type Standing = Pick<RegistryStatus, 'state' | 'since' | 'watch' | 'size'> & { readonly kept?: number };

/** Whether it does not matter that a registry has nothing: others name clusters, and no key is kept because of it. */
function isUnneeded({ state, kept = 0 }: Standing, others: readonly Standing[]): boolean {
  const hasNothing = state === 'missing' || state === 'empty';
  return hasNothing && kept === 0 && others.some((other) => other.state === 'present');
}

function stateProblems(
  subject: string,
  what: string,
  { state, since, watch, size, kept = 0 }: Standing,
): Problem[] {
  if (state === 'unknown')
    return [
      problem('RegistryUnknown', subject, since, watch.failure ?? { message: `${what} was not seen yet.` }),
    ];
  const unusable = UNUSABLE[state];
  const keeps =
    kept > 0 ? ` ${counted(kept, 'key')} of the aggregate ${kept === 1 ? 'is' : 'are'} kept.` : '';
  return [
    ...(unusable
      ? [
          problem('RegistryUnusable', subject, since, {
            message: `${what} ${unusable.message}${keeps}`,
            remedy: unusable.remedy,
          }),
        ]
      : []),
    ...(size?.nearlyFullSince
      ? [
          problem('RegistryNearlyFull', `${subject}/size`, size.nearlyFullSince, {
            message: `${what} fills ${Math.floor((size.bytes / size.limitBytes) * 100)}% of what it can hold.`,
            remedy: 'Remove clusters that are gone, or name further ones in a registry of another kind.',
          }),
        ]
      : []),
    ...watchProblems('RegistryWatchLost', `${subject}/watch`, watch),
  ];
}

function shadowProblem(
  subject: string,
  { name, since }: RegistryStatus,
  { cluster, by, origin }: ShadowedEntry,
): Problem {
  const where = origin === undefined ? '' : ` (${origin})`;
  return problem('EntryShadowed', `${subject}/${cluster}`, since, {
    message: `The registry ${name}${where} names the cluster ${cluster}, and the name belongs to the registry ${by}, which comes first.`,
    remedy: 'Rename the cluster in one of them, or remove it.',
  });
}

/** Names that are spelled out in a sentence. */
const MOST_NAMES = 20;

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
