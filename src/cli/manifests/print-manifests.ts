import { aggregatePartNames } from '../../kube/hub/object-refs.ts';
import { secretName } from '../../base/config/setting-types.ts';
import { parseSettings } from '../../base/config/settings.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { clusterManifest, hubManifest, viewManifest } from './manifests.ts';

/** What to print them for, and the name of a view. */
export type ManifestArguments = ['hub' | 'cluster' | 'view', string | undefined];

/**
 * Prints what is to be applied on the hub, in a cluster, or where a view is. Asks nobody.
 *
 * @throws CommandFailedError where a view has no name, or something else has one
 */
export function printManifests({
  terminal,
  options,
  args: [where, view],
}: Invocation<object, ManifestArguments>): ExitCode {
  if (where === 'view') {
    if (!secretName.safeParse(view).success)
      throw new CommandFailedError(
        'A view needs the name of its Secret: mcce manifests view NAME -n NAMESPACE.',
      );
    terminal.print(
      viewManifest({ view: view ?? '', ...(options.namespace && { namespace: options.namespace }) }),
    );
    return EXIT.good;
  }
  if (view !== undefined) throw new CommandFailedError(`Only a view has a name: mcce manifests ${where}.`);
  const environment = {
    ...terminal.environment,
    ...(options.namespace && { MCCE_NAMESPACE: options.namespace }),
  };
  const { namespace, sourceNamespace = namespace, ...settings } = parseSettings(environment);
  terminal.print(
    where === 'hub'
      ? hubManifest({
          registry: settings.registrySecret,
          aggregate: aggregatePartNames(settings),
          ...(namespace && { namespace }),
        })
      : clusterManifest({
          source: settings.sourceSecret,
          ...(sourceNamespace && { namespace: sourceNamespace }),
        }),
  );
  return EXIT.good;
}
