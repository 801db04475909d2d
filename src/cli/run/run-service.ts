import { CommandFailedError } from '../command-failed.error.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';

/** Starts the service. It ends the process itself, so this never resolves. */
export async function runService({ options }: Invocation): Promise<ExitCode> {
  const { kubeconfig, context, namespace } = options;
  if (context !== undefined)
    throw new CommandFailedError(
      'The exporter runs with the current context of its kubeconfig; leave --context out.',
    );
  if (kubeconfig !== undefined) process.env.KUBECONFIG = kubeconfig;
  if (namespace !== undefined) process.env.MCCE_NAMESPACE = namespace;
  // The service has its own.
  process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection');
  // What extensions may need is in another program: without them nobody pays for it.
  await (process.env.MCCE_EXTENSIONS ? import('../../main-with-extensions.ts') : import('../../main.ts'));
  return await new Promise<never>(() => undefined);
}
