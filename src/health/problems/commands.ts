import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import type { ClusterStatus } from '../status/status.ts';
import type { ProblemCode } from './problem.ts';

/** What a command may refer to. */
export interface CommandContext {
  readonly aggregate: ObjectRef;
  /** Of the registry, which is usually the exporter's. */
  readonly namespace: string;
  /** The cluster with the problem. */
  readonly cluster?: ClusterStatus | undefined;
  /** Of the removal that is held. */
  readonly digest?: string | undefined;
}

const checkAll = (context: CommandContext) => mcce(context, 'check');
const checkCluster = (context: CommandContext) =>
  mcce(context, 'check', `--cluster=${context.cluster?.name ?? ''}`);
const rotate = (context: CommandContext) => {
  const name = context.cluster?.name ?? '';
  // A name that begins with a dash would be an option.
  return mcce(context, 'cluster', 'rotate', ...(name.startsWith('-') ? ['--', name] : [name]));
};
const aggregateEvents = ({ aggregate: { namespace, name } }: CommandContext) =>
  shellCommand('kubectl', 'events', '-n', namespace, '--for', `secret/${name}`);

const COMMANDS: Partial<Record<ProblemCode, (context: CommandContext) => string>> = {
  LeadershipUnknown: checkAll,
  RegistryUnknown: checkAll,
  RegistryWatchLost: checkAll,
  RegistryUnusable: (context) => mcce(context, 'cluster', 'list'),
  RemovalHeld: (context) => mcce(context, 'cluster', 'confirm-removal', context.digest ?? ''),
  EntryRefused: checkCluster,
  ClusterPending: checkCluster,
  ClusterUnreachable: (context) =>
    context.cluster?.reason === 'unauthorized' ? rotate(context) : checkCluster(context),
  SourceMissing: checkCluster,
  SourceInvalid: checkCluster,
  CredentialExpiring: rotate,
  CredentialExpired: rotate,
  AggregatePending: checkAll,
  AggregateContested: aggregateEvents,
  AggregateWriteFailed: aggregateEvents,
  AggregateWatchLost: aggregateEvents,
};

/**
 * The command to run next for a problem, for a POSIX shell: it finds out more, or carries out the remedy and asks first. Undefined when no
 * command helps.
 */
export function commandFor(code: ProblemCode, context: CommandContext): string | undefined {
  return COMMANDS[code]?.(context);
}

function mcce({ namespace }: CommandContext, ...args: string[]): string {
  return shellCommand('mcce', '-n', namespace, ...args);
}

function shellCommand(...words: string[]): string {
  return words
    .map((word) => (/^[\w.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
