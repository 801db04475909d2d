import { CommandFailedError } from './command-failed.error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Invocation } from './invocation.ts';

/** Starts the service, and resolves when it listens. From then on it ends the process itself. */
export async function runService({ options }: Invocation): Promise<ExitCode> {
  const { kubeconfig, context, namespace } = options;
  if (context !== undefined)
    throw new CommandFailedError(
      'The exporter runs with the current context of its kubeconfig; leave --context out.',
    );
  if (kubeconfig !== undefined) process.env.KUBECONFIG = kubeconfig;
  if (namespace !== undefined) process.env.MCCE_NAMESPACE = namespace;
  await import('../main.ts');
  return EXIT.good;
}
