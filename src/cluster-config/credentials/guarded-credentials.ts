import { ExtensionFailedError } from '../../base/extending/extension-failed.error.ts';
import type { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { CredentialsProvider, type ObtainedCredentials } from '../../kube/http/credentials-provider.ts';

/** The credentials provider of an extension. What it throws that is none of our errors, and no answer, is a fault of the extension. */
export class GuardedCredentials extends CredentialsProvider {
  constructor(
    private readonly provider: CredentialsProvider,
    private readonly extension: string,
    private readonly faults: ExtensionFaults,
  ) {
    super();
  }

  override async obtain(signal: AbortSignal): Promise<ObtainedCredentials> {
    const obtain = async () => {
      try {
        return await this.provider.obtain(signal);
      } catch (error) {
        // Anyone who waited has given up.
        if (signal.aborted) return {};
        throw error;
      }
    };
    try {
      return await this.faults.attempt(this.extension, 'CredentialsProvider.obtain', obtain, signal);
    } catch (error) {
      if (!(error instanceof ExtensionFailedError)) throw error;
      const { message, remedy } = error;
      throw new KubeRequestError({
        reason: 'unauthorized',
        message,
        ...(remedy !== undefined && { remedy }),
      });
    }
  }

  override refused(): void {
    this.faults.call(this.extension, 'CredentialsProvider.refused', () => this.provider.refused());
  }

  override close(): void {
    this.faults.call(this.extension, 'CredentialsProvider.close', () => this.provider.close());
  }
}
