import { aggregatePartNames } from '../../kube/hub/object-refs.ts';
import { parseSettings } from '../../base/config/settings.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { clusterManifest, hubManifest } from './manifests.ts';

/** Prints what is to be applied on the hub, or in a cluster. Asks nobody. */
export function printManifests({
  terminal,
  options,
  args: [where],
}: Invocation<object, ['hub' | 'cluster']>): ExitCode {
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
