import { request } from 'undici';
import { toKubeRequestError } from '../../kube/failures/failure-classifier.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { leadersStatus } from './status-document.ts';
import type { StatusSource } from './status-source.ts';

/** Asks a replica at an address, as a port-forward gives one. */
export function replicaAtUrl(url: URL): StatusSource {
  const whose = url.href.replace(/\/$/, '');
  return async (signal) => leadersStatus(await answerOf(`${whose}/api/v1/status`, whose, signal), whose);
}

/** @returns undefined for an answer that is no JSON, or no success: that is no exporter's */
async function answerOf(address: string, whose: string, signal: AbortSignal): Promise<unknown> {
  try {
    const { statusCode, body } = await request(address, { signal });
    const text = await body.text();
    return statusCode === 200 ? parseOrNothing(text) : undefined;
  } catch (cause) {
    const { details, lasting } = toKubeRequestError(cause);
    throw new CommandFailedError(
      `${whose} does not answer (${details.networkCode ?? details.reason}); check the address, and that the port-forward still runs.`,
      { details, lasting, cause },
    );
  }
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
