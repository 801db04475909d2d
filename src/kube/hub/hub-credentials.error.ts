import { KubeRequestError } from '../failures/kube-request.error.ts';

/** `failed`: a file is not there, a program or a login ended with an error. `hanging`: a program did not end. */
type Problem = 'failed' | 'hanging';

const FAILURES = {
  failed: {
    reason: 'unauthorized',
    message: 'The kubeconfig does not yield credentials.',
    remedy:
      'Log in again, and see that the files that it names are there and that the program of its user runs.',
  },
  hanging: {
    reason: 'timeout',
    message: "The program that the kubeconfig's user names did not exit in time.",
    remedy: 'Run it by hand to see what it waits for.',
  },
} as const;

/**
 * The hub's credentials are not available, so the request was not sent. To those who sent it, it is a request that failed, for one of
 * the usual reasons.
 */
export class HubCredentialsError extends KubeRequestError {
  override readonly code = 'MCCE_HUB_CREDENTIALS_UNUSABLE';

  /** @param cause what the library threw; it may quote what the program printed, so only its code is shown */
  constructor(problem: Problem, cause?: unknown) {
    const networkCode = systemCode(cause);
    super({ ...FAILURES[problem], cause, ...(networkCode !== undefined && { networkCode }) });
  }
}

/** Such as `ENOENT`. */
function systemCode(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : undefined;
}
