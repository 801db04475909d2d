import { setTimeout as delay } from 'node:timers/promises';
import { checkEntry } from '../../cluster-config/entries/entry-checker.ts';
import type { AcceptedEntry } from '../../cluster-config/entries/entry.ts';
import { explain } from '../../base/errors/explanation.ts';
import type { Settings } from '../../base/config/settings.ts';
import { createClusterClient } from '../../kube/http/cluster-client.ts';
import type { KubeClient } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import { sourceResult } from '../../storage-sync/reading/source-result.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { attempt } from '../requests.ts';
import { type ClusterAddress, entryText } from './remote-cluster.ts';

/** How long new permissions may take to count. Milliseconds. */
const SETTLING_MS = 5_000;
const PAUSE_MS = 250;

/** Failures that say nothing of the credentials: there may be a way for the hub, and none from here. */
const NO_WAY: ReadonlySet<unknown> = new Set(['dns', 'connect', 'timeout']);

/**
 * Proves that a token does what it is for, at the address that the entry will name; where there is no way to it from here, at the one
 * that the operator uses.
 *
 * @param token of the reader
 * @param address of the entry
 * @param ours by which the operator reaches the cluster, which is known to be the one of the entry
 * @param interruption ends it early
 * @returns what is most likely not intended, for the operator
 * @throws CommandFailedError when the entry would be refused, or cannot read the source
 */
export async function proveToken(
  token: string,
  { address, ours }: { address: ClusterAddress; ours: ClusterAddress },
  source: ObjectRef,
  settings: Settings,
  interruption: AbortSignal,
): Promise<string[]> {
  const prove = async (where: ClusterAddress) =>
    await proveEntry(entryText(where, token), source, settings, interruption);
  try {
    return await prove(address);
  } catch (error) {
    const noWay = error instanceof CommandFailedError && NO_WAY.has(error.details.reason);
    if (!noWay || address.host === ours.host || interruption.aborted) throw error;
    return [
      ...(await prove(ours)),
      `There is no way to ${address.host} from here, so the token was tried at ${new URL(ours.host).origin}; \`mcce status\` will tell whether the hub has one.`,
    ];
  }
}

/**
 * Judges an entry as the exporter will.
 *
 * @param entry as it will stand in the registry
 * @throws CommandFailedError when it would be refused
 */
export function acceptEntry(entry: string, settings: Settings): AcceptedEntry {
  const verdict = checkEntry(Buffer.from(entry), settings);
  if ('accepted' in verdict) return verdict.accepted;
  throw new CommandFailedError(`The exporter would refuse the entry. ${explain(verdict.refused)}`);
}

/** Reads the source with an entry, as the exporter would. @returns warnings */
async function proveEntry(
  entry: string,
  source: ObjectRef,
  settings: Settings,
  interruption: AbortSignal,
): Promise<string[]> {
  const { endpoint, warnings } = acceptEntry(entry, settings);
  const client = createClusterClient(endpoint, settings.readTimeoutMs);
  const where = `${source.namespace}/${source.name}`;
  try {
    const secret = await attempt(
      `Reading the source ${where} at ${endpoint.server.origin} with the new credentials`,
      readOnceSettled(client, source, settings.readTimeoutMs, interruption),
    );
    if (!secret) return [...warnings, `The source ${where} does not exist in the cluster yet.`];
    const result = sourceResult(secret, settings.payloadCheck);
    return result.reason === 'ok' ? [...warnings] : [...warnings, explain(result)];
  } finally {
    await client.close();
  }
}

/** A Role that was made a moment ago, and a token, may not count yet. */
async function readOnceSettled(
  client: KubeClient,
  source: ObjectRef,
  timeoutMs: number,
  interruption: AbortSignal,
) {
  const secrets = new SecretClient(client, source);
  const deadline = performance.now() + SETTLING_MS;
  for (;;) {
    try {
      const { object } = await secrets.list(AbortSignal.any([interruption, AbortSignal.timeout(timeoutMs)]));
      return object;
    } catch (error) {
      const mayPass =
        error instanceof KubeRequestError &&
        (error.reason === 'forbidden' || error.reason === 'unauthorized');
      if (!mayPass || performance.now() > deadline) throw error;
      await delay(PAUSE_MS, undefined, { signal: interruption });
    }
  }
}
