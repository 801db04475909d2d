import { invalid, unsafe } from './entry.ts';
import { type EntryDocument, readEntryDocument } from './entry-document.ts';
import { checkFields, type EntryFields, isAbsent, optionalBoolean, optionalText } from './entry-fields.ts';
import { readKubeconfig } from './kubeconfig-format.ts';

const WHERE = 'The entry';

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
    username: { refuse: 'basic authentication is refused; use a bearer token or a client certificate.' },
    password: { refuse: 'basic authentication is refused; use a bearer token or a client certificate.' },
    bearerTokenFile: { refuse: 'a path is refused; write the token itself into bearerToken.' },
    caFile: { refuse: 'a path is refused; write the certificate itself into caData.' },
    certFile: { refuse: 'a path is refused; write the certificate itself into certData.' },
    keyFile: { refuse: 'a path is refused; write the key itself into keyData.' },
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
  if (others.length > 0) invalid('The entry holds "kubeconfig" and other fields; keep one or the others.');
  if (typeof kubeconfig !== 'string') invalid('The field "kubeconfig" must hold the text of a kubeconfig.');
  // A path is one line without a mapping in it.
  if (!/[\n{]/.test(kubeconfig)) {
    unsafe('The field "kubeconfig" holds a path, which is refused; write the text of the kubeconfig itself.');
  }
  return readKubeconfig(readEntryDocument(kubeconfig));
}
