import { createHash } from 'node:crypto';
import { type TokenClaims, tokenClaims } from '../../index.ts';

/** Renewals spread over this share around their time, so that tokens of one age do not all come due together. */
const JITTER = 0.1;

/** A token of a ServiceAccount that expires, so that another can take its place (TokenRequest, authentication.k8s.io/v1). */
export interface RenewableToken {
  readonly text: string;
  readonly issued: Date;
  readonly expires: Date;
  readonly namespace: string;
  readonly account: string;
  /** What it ends with, and its successor with it. */
  readonly boundTo?: BoundObject;
}

/** `boundObjectRef` of a TokenRequest. */
export interface BoundObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret' | 'Pod';
  readonly name: string;
  readonly uid: string;
}

/** @returns undefined: any other token, such as one of a token Secret, which does not expire */
export function renewableToken(text: string | undefined): RenewableToken | undefined {
  const claims = tokenClaims(text);
  const { issued, expires, namespace, serviceAccount } = claims;
  if (text === undefined || !issued || !expires || expires <= issued) return undefined;
  if (namespace === undefined || !serviceAccount) return undefined;
  const boundTo = boundObjectOf(claims);
  return { text, issued, expires, namespace, account: serviceAccount.name, ...(boundTo && { boundTo }) };
}

/**
 * When a token is to be renewed: after a share of its life. The jitter follows from the token, so that every replica and every start comes
 * to the same time.
 *
 * @param share of the life, 0 to 1
 * @returns milliseconds since the epoch
 */
export function dueAt({ text, issued, expires }: RenewableToken, share: number): number {
  const hash = createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
  const jittered = share * (1 - JITTER + 2 * JITTER * hash);
  return issued.getTime() + (expires.getTime() - issued.getTime()) * jittered;
}

function boundObjectOf({ secret, pod }: TokenClaims): BoundObject | undefined {
  if (secret?.uid !== undefined)
    return { apiVersion: 'v1', kind: 'Secret', name: secret.name, uid: secret.uid };
  if (pod?.uid !== undefined) return { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid };
  return undefined;
}
