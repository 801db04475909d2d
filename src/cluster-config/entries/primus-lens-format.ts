import { type AcceptedEntry, type EntryPolicy, refuseInvalid, refuseUnsafe } from './entry.ts';
import { buildEndpoint } from './endpoint-builder.ts';
import { type EntryDocument, readEntryDocument } from './entry-document.ts';
import { fieldNames, type FieldRefusal, type FieldTable, isAbsent, takeFields } from './entry-fields.ts';
import { readKubeconfig } from './kubeconfig-format.ts';

const path = (what: string, inline: string): FieldRefusal => ({
  refuse: 'a path is refused',
  remedy: `Write the ${what} itself into ${inline}.`,
});
const basicAuth: FieldRefusal = {
  refuse: 'basic authentication is refused',
  remedy: 'Use a bearer token or a client certificate.',
};

const FIELDS: FieldTable = {
  host: 'server',
  bearerToken: 'token',
  tlsServerName: 'tlsServerName',
  insecureSkipTLSVerify: 'insecureSkipTlsVerify',
  caData: 'caData',
  certData: 'certData',
  keyData: 'keyData',
  kubeconfig: 'read',
  username: basicAuth,
  password: basicAuth,
  bearerTokenFile: path('token', 'bearerToken'),
  caFile: path('certificate', 'caData'),
  certFile: path('certificate', 'certData'),
  keyFile: path('key', 'keyData'),
};

const NAMES = fieldNames(FIELDS);

/**
 * The JSON form of Primus-Lens: `{host, bearerToken, tlsServerName, insecureSkipTLSVerify, caData, certData, keyData}`, or
 * `{kubeconfig}` with the text of one.
 *
 * @throws EntryRefused
 */
export function readPrimusLensEntry(entry: EntryDocument, policy: EntryPolicy): AcceptedEntry {
  const fields = takeFields('The entry', entry, FIELDS);
  return isAbsent(entry.kubeconfig) ? buildEndpoint(fields, NAMES, policy) : readInner(entry, policy);
}

/** Beside a kubeconfig no other field may stand: it would have no effect, and look as if it had. */
function readInner(entry: EntryDocument, policy: EntryPolicy): AcceptedEntry {
  const { kubeconfig } = entry;
  const others = Object.entries(entry).filter(([field, value]) => field !== 'kubeconfig' && !isAbsent(value));
  if (others.length > 0)
    refuseInvalid('The entry holds "kubeconfig" and other fields.', 'Keep one or the others.');
  if (typeof kubeconfig !== 'string')
    refuseInvalid('The field "kubeconfig" must hold the text of a kubeconfig.');
  // A path is one line without a mapping in it.
  if (!/[\n{]/.test(kubeconfig)) {
    refuseUnsafe(
      'The field "kubeconfig" holds a path, which is refused.',
      'Write the text of the kubeconfig itself.',
    );
  }
  return readKubeconfig(readEntryDocument(kubeconfig), policy);
}
