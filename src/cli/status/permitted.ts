import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { attempt } from '../attempt.ts';
import { CommandFailedError } from '../command-failed.error.ts';

/**
 * Says of a failed request what was being done, and of a refused one which permission the operator lacks.
 *
 * @param what completes "… failed" and "… is forbidden": `Reading the Lease storage/multi-cluster-config-exporter`
 * @param permission completes "You need …": `get on pods in the namespace storage`
 * @throws CommandFailedError
 */
export async function permitted<Result>(
  what: string,
  permission: string,
  request: Promise<Result>,
): Promise<Result> {
  const asking = request.catch((error: unknown) => {
    if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
    throw new CommandFailedError(
      `${what} is forbidden. You need ${permission}; or reach the exporter in another way and give its address by --url.`,
      { details: error.details, lasting: true },
    );
  });
  return await attempt(what, asking);
}
