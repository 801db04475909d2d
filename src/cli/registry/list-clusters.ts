import { KubeRequestError } from '../../kube/kube-request.error.ts';
import { SecretClient } from '../../kube/secret-client.ts';
import { attempt } from '../attempt.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { registryEntries } from './registry-entries.ts';
import { registryTable } from './registry-table.ts';

const TIMEOUT_MS = 10_000;

/** Prints the entries of the registry, without a secret. */
export async function listClusters(invocation: Invocation<{ output: Format }>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  return await withHub(invocation, async (hub) => {
    const items = registryEntries(await readRegistry(hub), hub.settings);
    const document = { apiVersion: API_VERSION, kind: 'ClusterList', items } as const;
    terminal.print(formatDocument(document, options.output, (wide) => registryTable(items, terminal, wide)));
    return items.some(({ verdict }) => verdict === 'refused') ? EXIT.degraded : EXIT.good;
  });
}

async function readRegistry({ client, refs: { registry } }: Hub): Promise<ReadonlyMap<string, string>> {
  const where = `${registry.namespace}/${registry.name}`;
  const reading = new SecretClient(client, registry)
    .get(AbortSignal.timeout(TIMEOUT_MS))
    .catch((error: unknown) => {
      if (!(error instanceof KubeRequestError && error.reason === 'not_found')) throw error;
      throw new CommandFailedError(
        `There is no registry: the Secret ${where} does not exist on the hub. Create it by adding a cluster, or give its namespace by -n.`,
      );
    });
  return (await attempt(`Reading the registry ${where} on the hub`, reading)).data;
}
