import { KubeConfig } from '@kubernetes/client-node';
import { defaultKubeConfig } from '../kube/hub/default-kubeconfig.ts';
import { CommandFailedError } from './command-failed.error.ts';
import type { GlobalOptions } from './invocation.ts';

/**
 * The operator's own kubeconfig, which is trusted: exec plugins work. Its current context is the one that the options name.
 *
 * @throws HubNotConfiguredError, CommandFailedError
 */
export function loadKubeConfig({
  kubeconfig,
  context,
}: Pick<GlobalOptions, 'kubeconfig' | 'context'>): KubeConfig {
  const config = kubeconfig === undefined ? defaultKubeConfig() : readKubeConfig(kubeconfig);
  return context === undefined ? config : withContext(config, context);
}

/**
 * The same kubeconfig with another current context.
 *
 * @throws CommandFailedError when it has no such context
 */
export function withContext(config: KubeConfig, context: string): KubeConfig {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    const known = names.length === 0 ? 'none' : names.join(', ');
    throw new CommandFailedError(`The kubeconfig has no context ${context}; it has ${known}.`);
  }
  const other = new KubeConfig();
  other.loadFromOptions({
    clusters: config.clusters,
    users: config.users,
    contexts: config.contexts,
    currentContext: context,
  });
  return other;
}

function readKubeConfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
    return config;
  } catch (cause) {
    throw new CommandFailedError(`The kubeconfig ${file} cannot be read; name another with --kubeconfig.`, {
      cause,
    });
  }
}
