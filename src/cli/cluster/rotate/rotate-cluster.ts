import PQueue from 'p-queue';
import { ExporterError } from '../../../base/errors/exporter.error.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { registryEntries } from '../../registry/registry-entries.ts';
import { describeObject } from '../../requests.ts';
import { named } from '../../selection.ts';
import { untilInterrupted } from '../../until-interrupted.ts';
import { ManifestFile, type ManifestOptions } from '../manifest-file.ts';
import type { TokenWish } from '../reader.ts';
import { finishRotation, rotateEntry, type Rotation } from './rotate-entry.ts';

/** Options of `mcce cluster rotate`. */
export interface RotateClusterOptions extends ManifestOptions, TokenWish {
  all?: boolean;
  /** Milliseconds. */
  expiringWithin?: number;
  finish?: boolean;
}

type RotateInvocation = Invocation<
  RotateClusterOptions,
  [name: string | undefined, context: string | undefined]
>;

/** Clusters that are worked on at once. */
const CONCURRENCY = 4;

/** Gives one cluster, or many, a new token. */
export async function rotateCluster(invocation: RotateInvocation): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const [name, context] = args;
  refuseContradictions(options, name);
  return await untilInterrupted((interruption) =>
    withHub(invocation, async (hub) => {
      const registry = new RegistryEditor(hub);
      const file = ManifestFile.of(options, hub.refs.registry);
      const rotation = { hub, registry, wish: options, terminal, interruption, file };
      if (name === undefined)
        return await rotateMany(rotation, invocation, await chosen(hub, registry, options));
      if (options.finish) return await finish(rotation, invocation, name, context);
      const { note, warnings } = await rotateEntry(rotation, name, context);
      terminal.print(
        file
          ? `new entry ${name} written to ${file.path}; it holds a token`
          : `cluster ${name} has a new token`,
      );
      terminal.note(note);
      terminal.warn(warnings);
      return EXIT.good;
    }),
  );
}

function refuseContradictions(
  { all, expiringWithin, finish: finishes, ...file }: RotateClusterOptions,
  name?: string,
) {
  const many = all === true || expiringWithin !== undefined;
  if (many === (name !== undefined))
    throw new CommandFailedError('Name a cluster, or say which are meant by --all or --expiring-within.');
  if (many && (finishes || file.export !== undefined))
    throw new CommandFailedError('--export and --finish are for one cluster; name it.');
  if (many && file.into !== undefined)
    throw new CommandFailedError('--into is for one cluster at a time; name it.');
}

async function finish(
  rotation: Rotation,
  { terminal }: RotateInvocation,
  name: string,
  context: string | undefined,
): Promise<ExitCode> {
  const { deleted, left } = await finishRotation(rotation, name, context);
  for (const object of deleted) terminal.print(`deleted ${describeObject(object)} in the cluster`);
  if (deleted.length === 0) terminal.print(`cluster ${name} has no older token`);
  terminal.warn(left);
  return EXIT.good;
}

async function chosen(hub: Hub, registry: RegistryEditor, options: RotateClusterOptions): Promise<string[]> {
  const data = (await registry.read())?.data ?? new Map<string, string>();
  const latest = Date.now() + (options.expiringWithin ?? Number.POSITIVE_INFINITY);
  return registryEntries(data, hub.settings)
    .filter(({ verdict, expiries = [] }) => {
      if (verdict === 'refused') return false;
      return options.all || expiries.some(({ expires }) => expires.getTime() <= latest);
    })
    .map(({ name }) => name);
}

/** One that fails holds up no other. */
async function rotateMany(
  rotation: Rotation,
  { terminal }: RotateInvocation,
  names: readonly string[],
): Promise<ExitCode> {
  const { interruption } = rotation;
  const warnings = new Map<string, string[]>();
  const failures = new Map<string, string[]>();
  let done = 0;
  // Its own steps would drown in those of the others.
  const quiet = {
    ...rotation,
    terminal: { note: (text: string) => terminal.note(text), progress: () => undefined },
  };
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const add = (map: Map<string, string[]>, text: string, name: string) =>
    map.set(text, [...(map.get(text) ?? []), name]);
  const rotateOne = async (name: string) => {
    if (interruption.aborted) return;
    try {
      const rotated = await rotateEntry(quiet, name);
      terminal.print(`cluster ${name} has a new token`);
      for (const warning of rotated.warnings) add(warnings, warning, name);
      done++;
    } catch (error) {
      if (!(error instanceof ExporterError)) throw error;
      if (!interruption.aborted) add(failures, error.message, name);
    }
    terminal.progress(`rotated ${done} of ${names.length}`);
  };
  await queue.addAll(names.map((name) => () => rotateOne(name)));
  for (const [text, clusters] of warnings) terminal.note(`warning: ${named(clusters)}: ${text}`);
  for (const [text, clusters] of failures) terminal.note(`failed: ${named(clusters)}: ${text}`);
  terminal.print(`rotated ${done} of ${names.length} clusters`);
  interruption.throwIfAborted();
  return done === names.length ? EXIT.good : EXIT.failed;
}
