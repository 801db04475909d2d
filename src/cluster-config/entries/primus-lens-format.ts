import { refuseInvalid, refuseUnsafe } from './entry.ts';
import { type EntryDocument, readEntryDocument } from './entry-document.ts';
import {
  checkFields,
  type EntryFields,
  type FieldRule,
  isAbsent,
  optionalBoolean,
  optionalText,
} from './entry-fields.ts';
import { readKubeconfig } from './kubeconfig-format.ts';

const WHERE = 'The entry';

const path = (what: string, inline: string): FieldRule => ({
  refuse: 'a path is refused',
  remedy: `Write the ${what} itself into ${inline}.`,
});
const basicAuth: FieldRule = {
  refuse: 'basic authentication is refused',
  remedy: 'Use a bearer token or a client certificate.',
};

/**
 * The JSON form of Primus-Lens: `{host, bearerToken, tlsServerName, insecureSkipTLSVerify, caData, certData, keyData}`, or
 * `{kubeconfig}` with the text of one.
 *
 * @throws EntryRefused
 */
export function readPrimusLensEntry(entry: EntryDocument): EntryFields {
  checkFields(WHERE, entry, {
    host: 'use',
    bearerToken: 'use',
    tlsServerName: 'use',
    insecureSkipTLSVerify: 'use',
    caData: 'use',
    certData: 'use',
    keyData: 'use',
    kubeconfig: 'use',
    username: basicAuth,
    password: basicAuth,
    bearerTokenFile: path('token', 'bearerToken'),
    caFile: path('certificate', 'caData'),
    certFile: path('certificate', 'certData'),
    keyFile: path('key', 'keyData'),
  });

  const kubeconfig = entry.kubeconfig;
  if (kubeconfig !== undefined && kubeconfig !== null && kubeconfig !== '')
    return readInner(entry, kubeconfig);
  return {
    names: {
      server: 'host',
      tlsServerName: 'tlsServerName',
      insecure: 'insecureSkipTLSVerify',
      ca: 'caData',
      cert: 'certData',
      key: 'keyData',
      token: 'bearerToken',
    },
    server: optionalText(WHERE, entry, 'host'),
    tlsServerName: optionalText(WHERE, entry, 'tlsServerName'),
    insecureSkipTlsVerify: optionalBoolean(WHERE, entry, 'insecureSkipTLSVerify'),
    caData: optionalText(WHERE, entry, 'caData'),
    certData: optionalText(WHERE, entry, 'certData'),
    keyData: optionalText(WHERE, entry, 'keyData'),
    token: optionalText(WHERE, entry, 'bearerToken'),
    proxyUrl: undefined,
  };
}

/** Beside a kubeconfig no other field may stand: it would have no effect, and look as if it had. */
function readInner(entry: EntryDocument, kubeconfig: unknown): EntryFields {
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
  return readKubeconfig(readEntryDocument(kubeconfig));
}
