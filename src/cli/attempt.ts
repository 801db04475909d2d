import { ExporterError } from '../base/errors/exporter.error.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import { CommandFailedError } from './command-failed.error.ts';

/**
 * Says of a failure what was being done.
 *
 * @param what completes "… failed": `Reading the Secret storage/multi-k8s-config on the hub`
 * @throws CommandFailedError in place of another of our own errors; all others, and one that is it already, go on as they are
 */
export async function attempt<Result>(what: string, task: Promise<Result>): Promise<Result> {
  try {
    return await task;
  } catch (error) {
    if (!(error instanceof ExporterError) || error instanceof CommandFailedError) throw error;
    // Its own remedy is for the exporter's permissions.
    const forbidden = error instanceof KubeRequestError && error.reason === 'forbidden';
    const { details, lasting, remedy } = error;
    throw new CommandFailedError(
      forbidden
        ? `${what} is forbidden: the credentials lack the permission.`
        : `${what} failed. ${error.message}`,
      { details, lasting, cause: error, ...(!forbidden && { remedy }) },
    );
  }
}
