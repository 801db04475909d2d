import { type ObtainedCredentials, CredentialsProvider } from '../../../index.ts';
import type { PluginCredentials } from './exec-plugin.ts';

/** How long before they expire credentials are renewed, at most. Milliseconds. */
const RENEW_BEFORE_MS = 60_000;
/** What is so close to its end may be refused on the way. Milliseconds. */
const TOO_LATE_MS = 5_000;
/** After a failure; anyone who asks meanwhile gets the same answer. Milliseconds. */
const PAUSE_MS = 1_000;

/**
 * What a plugin gave for one cluster, kept until it expires or is refused. It is run when it is needed: by the first request, by one after
 * a refusal, and beside a request when the end is near. Anyone who asks while it runs shares its answer.
 */
export class PluginBackedCredentials extends CredentialsProvider {
  private known: { readonly given: PluginCredentials; readonly renewAtMs: number } | undefined;
  private running: Promise<PluginCredentials> | undefined;
  private readonly closing = new AbortController();
  private failed: { readonly error: unknown; readonly untilMs: number } | undefined;

  /** @param run runs the plugin */
  constructor(private readonly run: (signal: AbortSignal) => Promise<PluginCredentials>) {
    super();
  }

  override async obtain(): Promise<ObtainedCredentials> {
    const { known } = this;
    const now = Date.now();
    if (known && now < known.renewAtMs) return known.given;
    if (this.failed && now >= this.failed.untilMs) this.failed = undefined;
    const usable = known && (known.given.expires?.getTime() ?? Number.POSITIVE_INFINITY) - TOO_LATE_MS > now;
    if (usable) {
      if (!this.failed) this.renew().catch(() => undefined);
      return known.given;
    }
    if (this.failed) throw this.failed.error;
    return await this.renew();
  }

  override refused(): void {
    this.known = undefined;
  }

  override close(): void {
    this.closing.abort();
  }

  private async renew(): Promise<PluginCredentials> {
    this.running ??= this.ask().finally(() => {
      this.running = undefined;
    });
    return await this.running;
  }

  private async ask(): Promise<PluginCredentials> {
    const askedMs = Date.now();
    try {
      const given = await this.run(this.closing.signal);
      // Half of a short life is left for it.
      const life = (given.expires?.getTime() ?? Number.POSITIVE_INFINITY) - askedMs;
      this.known = { given, renewAtMs: askedMs + Math.max(life / 2, life - RENEW_BEFORE_MS) };
      this.failed = undefined;
      return given;
    } catch (error) {
      this.failed = { error, untilMs: Date.now() + PAUSE_MS };
      throw error;
    }
  }
}
