import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import type { ClusterStatus, Status } from '../status/status.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** What is judged: the status without the judgement. */
type Facts = Omit<Status, 'problems'>;

/** What a command may refer to. */
interface CommandContext {
  readonly aggregate: ObjectRef;
  /** Of the registry, which is usually the exporter's. */
  readonly namespace: string;
  /** The cluster with the problem. */
  readonly cluster: ClusterStatus | undefined;
  /** Of the removal that is held. */
  readonly digest: string | undefined;
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

const COMMANDS = new Map<string, (context: CommandContext) => string>(
  Object.entries({
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
  } satisfies Partial<Record<ProblemCode, (context: CommandContext) => string>>),
);

/**
 * The problems with the command to run next for each, for a POSIX shell: it finds out more, or carries out the remedy and asks first. Some
 * have none.
 */
export function withCommands(problems: readonly Problem[], facts: Facts): Problem[] {
  const clusters = new Map(facts.clusters.map((cluster) => [`cluster/${cluster.name}`, cluster]));
  return problems.map(({ since, ...rest }) => {
    const { code, subject } = rest;
    const command = COMMANDS.get(code)?.({
      namespace: facts.registry.secret.namespace,
      aggregate: facts.aggregate.secret,
      digest: facts.registry.removal?.digest,
      cluster: clusters.get(subject) ?? clusters.get(subject.replace(/\/[^/]+$/, '')),
    });
    return { ...rest, ...(command !== undefined && { command }), since };
  });
}

function mcce({ namespace }: CommandContext, ...args: string[]): string {
  return shellCommand('mcce', '-n', namespace, ...args);
}

function shellCommand(...words: string[]): string {
  return words
    .map((word) => (/^[\w.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
