import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TlsOptions } from '../../kube/http/api-server-target.ts';
import type { CredentialsProvider } from '../../kube/http/credentials-provider.ts';
import { type AcceptedEntry, type EntryPolicy, refuseInvalid, refuseUnsafe } from './entry.ts';
import type { EntryFields, FieldNames } from './entry-fields.ts';

/**
 * Builds the endpoint from checked fields, and nothing but them.
 *
 * @param names what the fields are called where they were written
 * @param credentials of a format whose fields hold none
 * @throws EntryRefused
 */
export function buildEndpoint(
  fields: EntryFields,
  names: FieldNames,
  policy: EntryPolicy,
  credentials?: CredentialsProvider,
): AcceptedEntry {
  const server = readServer(fields, names);
  const tls = readTls(fields, names, policy);
  const bearerToken = readToken(fields, names);
  if (bearerToken === undefined && tls.cert === undefined && !credentials) {
    refuseInvalid(
      'The entry holds no credentials.',
      `Set ${names.token}, or ${names.certData} and ${names.keyData}.`,
    );
  }
  const proxy = readProxy(fields, names, policy);
  return {
    endpoint: {
      server,
      tls,
      ...(bearerToken !== undefined && { bearerToken }),
      ...(credentials && { credentials }),
      ...(proxy && { proxy }),
    },
    warnings: isLoopback(server.hostname)
      ? [`The field "${names.server}" is a loopback address, which in a pod is the pod itself.`]
      : [],
  };
}

function readServer({ server: text }: EntryFields, names: FieldNames): URL {
  if (text === undefined)
    refuseInvalid(`The field "${names.server}" is missing.`, 'Set it to the address of the API server.');
  const withScheme = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) refuseInvalid(`The field "${names.server}" is not an address.`);
  const server = new URL(withScheme);
  if (server.protocol !== 'https:') refuseUnsafe(`The field "${names.server}" must be an https:// address.`);
  if (server.username || server.password)
    refuseUnsafe(`The field "${names.server}" must not hold a user or password.`);
  if (server.search || server.hash)
    refuseInvalid(`The field "${names.server}" must not hold a query or fragment.`);
  return server;
}

function readTls(fields: EntryFields, names: FieldNames, policy: EntryPolicy): TlsOptions {
  const { tlsServerName, insecureSkipTlsVerify } = fields;
  if (insecureSkipTlsVerify && !policy.allowInsecureTls) {
    refuseUnsafe(
      `The field "${names.insecureSkipTlsVerify}" is true.`,
      `Set ${names.caData} in its place, or allow it with the setting MCCE_ALLOW_INSECURE_TLS.`,
    );
  }
  if (tlsServerName !== undefined && !isServerName(tlsServerName)) {
    refuseInvalid(`The field "${names.tlsServerName}" is neither the name of a server nor an IP address.`);
  }
  const ca = readPem(names.caData, fields.caData, 'CERTIFICATE');
  const cert = readPem(names.certData, fields.certData, 'CERTIFICATE');
  const key = readPem(names.keyData, fields.keyData, 'PRIVATE KEY');
  if ((cert === undefined) !== (key === undefined)) {
    refuseInvalid(
      `The fields "${names.certData}" and "${names.keyData}" only work together.`,
      'Set both or neither.',
    );
  }
  if (cert !== undefined && key !== undefined) checkPair(names, cert, key);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
    ...(insecureSkipTlsVerify && { rejectUnauthorized: false }),
  };
}

/**
 * PEM, or base64 of PEM. Parsed here, so that a slip is found when the entry is read and not at every dial. Of a bundle the first
 * certificate is: what OpenSSL and Go cannot read further on, they pass over.
 */
function readPem(
  field: string,
  text: string | undefined,
  kind: 'CERTIFICATE' | 'PRIVATE KEY',
): string | undefined {
  if (text === undefined) return undefined;
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  const hint = `The field "${field}" must be PEM, or base64 of PEM, with a ${kind.toLowerCase()}.`;
  if (!new RegExp(`-----BEGIN ([A-Z]+ )?${kind}-----`).test(pem)) refuseInvalid(hint);
  try {
    if (kind === 'PRIVATE KEY') createPrivateKey(pem);
    else void new X509Certificate(pem);
  } catch {
    refuseInvalid(hint);
  }
  return pem;
}

function checkPair(names: FieldNames, cert: string, key: string): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    refuseInvalid(`The field "${names.keyData}" is not the key of the certificate in "${names.certData}".`);
  }
}

function readToken({ token }: EntryFields, names: FieldNames): string | undefined {
  const trimmed = token?.trim();
  if (trimmed === undefined || trimmed === '') return undefined;
  // Visible ASCII (RFC 6750, 2.1, with room for what servers accept): anything else would break the header.
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    refuseInvalid(`The field "${names.token}" holds characters that no token has.`);
  return trimmed;
}

function readProxy({ proxyUrl }: EntryFields, names: FieldNames, policy: EntryPolicy): URL | undefined {
  if (proxyUrl === undefined) return undefined;
  if (!policy.allowProxy) {
    refuseUnsafe(
      `The field "${names.proxyUrl}" is set.`,
      'Remove it from the entry, or allow it with the setting MCCE_ALLOW_PROXY.',
    );
  }
  if (!URL.canParse(proxyUrl)) refuseInvalid(`The field "${names.proxyUrl}" is not an address.`);
  const proxy = new URL(proxyUrl);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    refuseInvalid(`The field "${names.proxyUrl}" must be an http:// or https:// address.`);
  }
  if (!isDecodable(proxy.username) || !isDecodable(proxy.password)) {
    refuseInvalid(`The field "${names.proxyUrl}" holds a user or password that is not percent-encoded.`);
  }
  return proxy;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isServerName(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$/.test(text);
}

/** Whether a host, as URLs write it, is the machine itself. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1';
}
