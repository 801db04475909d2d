import type { Dispatcher } from 'undici';
import { toKubeRequestError } from '../failures/failure-classifier.ts';
import { KubeRequestError } from '../failures/kube-request.error.ts';

/** The answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty for a failure whose body could not be read to its end. */
  readonly body: string;
}

/** What bounds one exchange. */
export interface ExchangeLimits {
  /** Ends it, whatever is pending. */
  signal: AbortSignal;
  /** A longer body ends it with `too_large`. */
  maxBytes: number;
  /** Asked when the request leaves on a connection. What it throws is what the exchange fails with, and nothing is sent. */
  permit: (() => void) | undefined;
}

/**
 * Sends a request and takes its answer as a whole. The library's own `request` hands out a stream, which for a thousand
 * small answers costs more than all else.
 *
 * Rejects with the error of the connection while nothing was answered, and with a {@link KubeRequestError} afterwards.
 */
export async function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
): Promise<HttpAnswer> {
  limits.signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    dispatcher.dispatch(options, new Exchange(limits, resolve, reject));
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private status: number | undefined;
  private headers: HttpAnswer['headers'] = {};
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  /** Why it was given up. */
  private ended: { reason: Error } | undefined;
  private readonly onAbort = () => this.giveUp(this.limits.signal.reason as Error);

  constructor(
    private readonly limits: ExchangeLimits,
    private readonly resolve: (answer: HttpAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    limits.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // It may have waited for its connection for long. What is thrown here ends the request alone, and not the connection.
    if (this.ended) throw this.ended.reason;
    this.limits.permit?.();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpAnswer['headers'],
  ): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.limits.maxBytes) this.giveUp(new KubeRequestError({ reason: 'too_large' }));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.settle(Buffer.concat(this.chunks, this.bytes).toString('utf8'));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  private giveUp(reason: Error): void {
    this.ended ??= { reason };
    this.fail(reason);
    this.controller?.abort(reason);
  }

  private fail(error: Error): void {
    // That it failed is known by its status; the body would only have said why.
    if (this.status !== undefined && !isSuccess(this.status)) this.settle('');
    else {
      this.limits.signal.removeEventListener('abort', this.onAbort);
      this.reject(this.status === undefined ? error : toKubeRequestError(error));
    }
  }

  private settle(body: string): void {
    this.limits.signal.removeEventListener('abort', this.onAbort);
    this.resolve({ status: this.status ?? 0, headers: this.headers, body });
  }
}

/** Whether a status is one of success (RFC 9110, 15.3). */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
