import { Injectable } from '@nestjs/common';
import {
  type ClusterEndpoint,
  createClusterClient,
  type KubeClient,
  KubeRequestError,
  ObjectRefs,
  SecretClient,
  Settings,
  type Term,
  withTimeLimit,
} from '../../index.ts';
import { type RenewableToken, renewableToken } from './renewable-token.ts';

/** No token of a ServiceAccount is longer, and what is written into the registry has a bound. */
const MAX_TOKEN_LENGTH = 8_192;

/** Asks clusters for tokens, and tries them. Every failure is a {@link KubeRequestError}. */
@Injectable()
export class TokenRequests {
  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
  ) {}

  /**
   * Asks for a successor of a token, with the token itself (TokenRequest, authentication.k8s.io/v1). The old one stays valid until it
   * expires.
   *
   * @param durationMs that is asked for; the API server may give less
   */
  async request(
    endpoint: ClusterEndpoint,
    { namespace, account, boundTo }: RenewableToken,
    durationMs: number,
    term: Term,
    signal: AbortSignal,
  ): Promise<RenewableToken> {
    const answer = await this.ask(endpoint, signal, (client, limited) =>
      client.json({
        method: 'POST',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`,
        contentType: 'application/json',
        body: JSON.stringify({
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            expirationSeconds: Math.floor(durationMs / 1_000),
            ...(boundTo && { boundObjectRef: boundTo }),
          },
        }),
        signal: limited,
        permit: () => term.permit(),
      }),
    );
    const { token } = (answer as { status?: { token?: unknown } }).status ?? {};
    const successor = typeof token === 'string' && isPlain(token) ? renewableToken(token) : undefined;
    if (successor?.namespace === namespace && successor.account === account) return successor;
    throw new KubeRequestError({
      reason: 'server_error',
      message: 'The answer has no token of the same ServiceAccount.',
      remedy: 'Check that the address of the entry is that of its API server.',
    });
  }

  /** Reads the source with a token. One that does not exist is as good an answer. */
  async prove(endpoint: ClusterEndpoint, token: RenewableToken, signal: AbortSignal): Promise<void> {
    try {
      await this.ask({ ...endpoint, bearerToken: token.text }, signal, (client, limited) =>
        new SecretClient(client, this.refs.source).get(limited),
      );
    } catch (error) {
      if (!(error instanceof KubeRequestError && error.reason === 'not_found')) throw error;
    }
  }

  private async ask<Answer>(
    endpoint: ClusterEndpoint,
    signal: AbortSignal,
    task: (client: KubeClient, limited: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { readTimeoutMs } = this.settings;
    const client = createClusterClient(endpoint, readTimeoutMs);
    try {
      return await withTimeLimit(readTimeoutMs, signal, (limited) => task(client, limited));
    } finally {
      await client.close();
    }
  }
}

/** Compact serialization of a JWS (RFC 7515, 7.1): nothing in it means anything to JSON or YAML. */
function isPlain(token: string): boolean {
  return token.length <= MAX_TOKEN_LENGTH && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}
