import type { X509Certificate } from 'node:crypto';
import { EXPIRES_SOON_MS } from '../../cluster-config/credentials/credential-expiry.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { span, until } from '../age.ts';
import { failed, failedBy, type Finding, good, warning } from './finding.ts';

/** What a server showed of itself. */
export interface Presented {
  readonly certificate: X509Certificate | undefined;
  /** Code of OpenSSL or Node for why it is not accepted; undefined when it is. */
  readonly problem: string | undefined;
}

/** Names of a certificate that are shown. */
const NAMES_SHOWN = 5;

/** What a server's certificate is held against. */
export interface Expectation {
  /** The name or address that the certificate must be for. */
  readonly name: string;
  /** Whether it is accepted whatever it is. */
  readonly insecure: boolean;
  /** Where the operator corrects it. */
  readonly place: 'entry' | 'kubeconfig';
}

/** Judges what a server presented. */
export function certificateFinding(
  { certificate, problem }: Presented,
  { name, insecure, place }: Expectation,
  now = Date.now(),
): Finding {
  const leftMs = certificate ? new Date(certificate.validTo).getTime() - now : Number.POSITIVE_INFINITY;
  if (problem !== undefined && !insecure) {
    if (UNKNOWN_AUTHORITY.test(problem))
      return failed(
        `The server certificate is signed by an authority that the ${place} does not trust (${problem}).`,
        `Put the certificate of its authority into the ${place}, as ${FIELDS[place].ca}.`,
      );
    if (problem === 'ERR_TLS_CERT_ALTNAME_INVALID')
      return failed(
        `The server certificate is not for ${name}, but for ${namesOf(certificate?.subjectAltName)}.`,
        `Use one of its names as the server, or as ${FIELDS[place].serverName}.`,
      );
    if (problem === 'CERT_HAS_EXPIRED')
      return failed(
        leftMs <= 0
          ? `The server certificate ended ${span(-leftMs)} ago.`
          : 'The certificate of an authority of the server has ended.',
        'Renew it on the API server.',
      );
    if (problem === 'CERT_NOT_YET_VALID')
      return failed('The server certificate is not valid yet.', 'Check the clocks of the server and here.');
    return failedBy(new KubeRequestError({ reason: 'tls', networkCode: codeOf(problem) }));
  }
  if (insecure)
    return warning(
      `The server certificate is not verified: the ${place} says so.`,
      `Name its authority as ${FIELDS[place].ca}, and verify it.`,
    );
  const ends = `The server certificate expires ${until(leftMs)}.`;
  if (certificate === undefined) return good();
  return leftMs < EXPIRES_SOON_MS ? warning(ends, 'Renew it on the API server.') : good(ends);
}

const UNKNOWN_AUTHORITY =
  /^(UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|CERT_SIGNATURE|CERT_UNTRUSTED)/;

const FIELDS = {
  entry: {
    ca: '"caData" ("certificate-authority-data" in a kubeconfig)',
    serverName: '"tlsServerName" ("tls-server-name" in a kubeconfig)',
  },
  kubeconfig: { ca: '"certificate-authority-data"', serverName: '"tls-server-name"' },
};

/** The names are the server's text: only what looks like a name or an address is shown. */
function namesOf(subjectAltName: string | undefined): string {
  const names = [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([A-Za-z0-9*.:-]+)(?:, |$)/g)].map(
    ([, name]) => name,
  );
  if (names.length === 0) return 'no name';
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

/** What is no code is the message of an error. */
function codeOf(problem: string): string {
  return /^[A-Z][A-Z0-9_]+$/.test(problem) ? problem : 'TLS';
}
