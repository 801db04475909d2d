import { existsSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { HubNotConfiguredError } from './hub-not-configured.error.ts';

/**
 * The kubeconfig that the environment names: `KUBECONFIG`, `~/.kube/config`, or the pod's ServiceAccount.
 *
 * @throws HubNotConfiguredError
 */
export function defaultKubeConfig(): KubeConfig {
  const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  const config = new KubeConfig();
  try {
    if (files.length > 1) return mergedKubeConfig(files);
    config.loadFromDefault();
  } catch (cause) {
    const where = files.length > 0 ? `of KUBECONFIG (${process.env.KUBECONFIG})` : '~/.kube/config';
    throw new HubNotConfiguredError(`The kubeconfig ${where} cannot be read.`, { cause });
  }
  // Where nothing is configured the library falls back to an unprotected local server, which is never the hub.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new HubNotConfiguredError('There are no credentials for the hub.');
  }
  return config;
}

/**
 * Several files as kubectl reads them ("Organizing Cluster Access Using kubeconfig Files"): what comes first wins, and files that are
 * not there, or are empty, do not count. The library takes the last current context, and refuses names that come twice.
 */
function mergedKubeConfig(files: readonly string[]): KubeConfig {
  const parts = files.filter((file) => existsSync(file) && !isEmpty(file)).map(readKubeConfig);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(parts.flatMap((part) => part.getClusters())),
    users: firstOfEachName(parts.flatMap((part) => part.getUsers())),
    contexts: firstOfEachName(parts.flatMap((part) => part.getContexts())),
    currentContext: parts.map((part) => part.getCurrentContext()).find((context) => context) ?? '',
  });
  return merged;
}

function isEmpty(file: string): boolean {
  return readFileSync(file, 'utf8').trim() === '';
}

function readKubeConfig(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

function firstOfEachName<Named extends { name: string }>(all: readonly Named[]): Named[] {
  return [...new Map(all.toReversed().map((one) => [one.name, one])).values()].toReversed();
}
