import { ExporterError } from '../errors/exporter.error.ts';

/** There are no usable credentials for the hub, so the service cannot start. */
export class HubNotConfiguredError extends ExporterError {
  readonly code = 'HUB_NOT_CONFIGURED';

  /** @param problem what was found, as a sentence without content of the file */
  constructor(problem: string, options: { cause?: unknown } = {}) {
    super(
      `${problem} Run in a pod with a ServiceAccount, or set KUBECONFIG to a kubeconfig of the hub.`,
      options,
    );
  }
}
