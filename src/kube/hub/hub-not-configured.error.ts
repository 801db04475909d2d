import { EXIT_CODE_CONFIGURATION, ExporterError } from '../../base/errors/exporter.error.ts';

/** There are no usable credentials for the hub, so the service cannot start. */
export class HubNotConfiguredError extends ExporterError {
  readonly code = 'MCCE_HUB_NOT_CONFIGURED';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param problem what was found, as a sentence without content of the file */
  constructor(problem: string, options: { cause?: unknown } = {}) {
    super(problem, {
      remedy: 'Run in a pod with a ServiceAccount, or set KUBECONFIG to a kubeconfig of the hub.',
      lasting: true,
      ...options,
    });
  }
}
