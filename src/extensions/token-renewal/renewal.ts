import { Injectable } from '@nestjs/common';
import { explain, type Explanation, KubeRequestError, Settings, type Term } from '../../index.ts';
import type { RenewalProblem } from './renewal-problems.ts';
import { RegistrySecret } from './registry-secret.ts';
import { type RenewableEntry, withToken } from './renewable-entry.ts';
import type { RenewableToken } from './renewable-token.ts';
import { TokenRequests } from './token-requests.ts';

/** What came of one renewal. */
export type RenewalOutcome =
  | { readonly result: 'renewed'; readonly expires: Date }
  /** Somebody else changed the entry meanwhile; what they wrote stays. */
  | { readonly result: 'dropped' }
  | ({ readonly result: 'failed'; readonly code: RenewalProblem } & Explanation);

/** How a step fails, for people. */
interface Step {
  readonly what: string;
  readonly remedy?: string;
}

/** Gives one entry another token: asks for it, proves it, and writes it. Whatever fails, the entry is as it was. */
@Injectable()
export class Renewal {
  constructor(
    private readonly settings: Settings,
    private readonly tokens: TokenRequests,
    private readonly registry: RegistrySecret,
  ) {}

  /**
   * @param signal ends it between two requests, or in one
   * @throws the signal's reason, or what ended the term
   */
  async renew(
    entry: RenewableEntry,
    durationMs: number,
    term: Term,
    signal: AbortSignal,
  ): Promise<RenewalOutcome> {
    const { name, content, endpoint, token } = entry;
    let step: Step = requesting(token);
    try {
      const successor = await this.tokens.request(endpoint, token, durationMs, term, signal);
      const renewed = withToken(entry, successor.text, this.settings);
      if (renewed === undefined) return UNSUITABLE;
      step = PROVING;
      await this.tokens.prove(endpoint, successor, signal);
      step = WRITING;
      const replacement = await this.registry.replace(name, content, renewed, term, signal);
      if (replacement === 'changed_meanwhile') return { result: 'dropped' };
      return { result: 'renewed', expires: successor.expires };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KubeRequestError)) throw error;
      return failure(step, error);
    }
  }
}

const UNSUITABLE: RenewalOutcome = {
  result: 'failed',
  code: 'RenewalFailed',
  message: 'The entry does not spell its token out in one piece, so that another cannot take its place.',
  remedy: 'Write the token on one line, without escapes.',
};

function requesting({ namespace, account }: RenewableToken): Step {
  return {
    what: `The cluster gave no new token for the ServiceAccount ${namespace}/${account}.`,
    remedy:
      'Let the ServiceAccount create serviceaccounts/token for itself: mcce cluster rotate --renew makes such a one.',
  };
}

const PROVING: Step = {
  what: 'The new token does not read the source, so that the entry keeps the old one.',
};

const WRITING: Step = {
  what: 'The new token could not be written into the registry.',
  remedy: 'Let the exporter patch the registry (docs/registries.md).',
};

function failure({ what, remedy }: Step, error: KubeRequestError): RenewalOutcome {
  const refused = error.reason === 'forbidden' || error.reason === 'unauthorized';
  const suited = error.reason === 'forbidden' ? (remedy ?? error.remedy) : error.remedy;
  return {
    result: 'failed',
    code: refused ? 'RenewalRefused' : 'RenewalFailed',
    message: `${what} ${explain({ message: error.message })}`,
    ...(suited !== undefined && { remedy: suited }),
  };
}
