import { KubeRequestError } from '../../../index.ts';

/**
 * A credential plugin gave no credentials, so the cluster was not asked. To those who asked, it is a request that failed as unauthorized.
 * The message quotes nothing that the plugin printed.
 */
export class CredentialPluginError extends KubeRequestError {
  override readonly code = 'MCCE_X_CREDENTIAL_PLUGIN_FAILED';

  /** @param how it failed, as the end of a sentence */
  constructor(provider: string, how: string, { remedy, cause }: { remedy?: string; cause?: unknown } = {}) {
    super({
      reason: 'unauthorized',
      message: `The credential plugin of the provider ${provider} ${how}.`,
      remedy: remedy ?? 'Run it by hand in the pod, with KUBERNETES_EXEC_INFO set, to see why.',
      cause,
    });
  }
}
