import {
  type CredentialExpiry,
  EXPIRES_SOON_MS,
} from '../../cluster-config/credentials/credential-expiry.ts';
import { span, until } from '../age.ts';
import { type Finding, good, warning } from './finding.ts';

const NAMES = { token: 'The token', client_certificate: 'The client certificate' };

/** What is said of credentials that the server accepts. @param cluster for the remedy */
export function credentialFinding(
  expiries: readonly CredentialExpiry[],
  cluster: string,
  now = Date.now(),
): Finding {
  if (expiries.length === 0) return good();
  const message = expiries.map((expiry) => sentence(expiry, now)).join(' ');
  const soon = expiries.some(({ expires }) => expires.getTime() - now < EXPIRES_SOON_MS);
  return soon ? warning(message, `Renew it in time: mcce cluster rotate ${cluster}`) : good(message);
}

/** Sentences about those that have ended. */
export function endedCredentials(expiries: readonly CredentialExpiry[], now = Date.now()): string[] {
  return expiries.filter(({ expires }) => expires.getTime() <= now).map((expiry) => sentence(expiry, now));
}

function sentence({ kind, expires }: CredentialExpiry, now: number): string {
  const leftMs = expires.getTime() - now;
  return `${NAMES[kind]} ${leftMs <= 0 ? `ended ${span(-leftMs)} ago` : `ends ${until(leftMs)}`}.`;
}
