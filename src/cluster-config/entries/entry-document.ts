import { CORE_SCHEMA, constructFromEvents, EVENT_ID, parseEvents, YAMLException } from 'js-yaml';
import { refuseInvalid, refuseUnsafe } from './entry.ts';

/** A mapping of an entry's text, with free names as keys. It has no prototype, so `in` sees its own keys only. */
export type EntryDocument = Record<string, unknown>;

/** Deeper than any kubeconfig, and shallow enough for any parser. */
const MAX_DEPTH = 16;

/**
 * Parses the text of an entry, YAML or JSON (which YAML contains). Aliases are refused: they make a small text huge. Types
 * beyond those of JSON do not exist here.
 *
 * @throws EntryRefused, with the position and never the text
 */
export function readEntryDocument(text: string): EntryDocument {
  const document = parseSingleDocument(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    refuseInvalid('The entry is not a mapping.', 'Write a kubeconfig or the JSON form.');
  }
  return withoutPrototypes(document) as EntryDocument;
}

function parseSingleDocument(text: string): unknown {
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    if (events.some(({ type }) => type === EVENT_ID.ALIAS)) {
      refuseUnsafe('The entry holds a YAML alias (*name), which is refused.', 'Write the value out.');
    }
    const documents = constructFromEvents(events, { source: text, schema: CORE_SCHEMA, maxAliases: 0 });
    if (documents.length !== 1) refuseInvalid('The entry must be exactly one YAML document.');
    return documents[0];
  } catch (error) {
    // The parser's own message quotes the text around the problem.
    if (!(error instanceof YAMLException)) throw error;
    const where = error.mark ? ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}` : '';
    refuseInvalid(`The entry is not valid YAML or JSON${where}.`);
  }
}

function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const bare = Object.create(null) as EntryDocument;
  for (const [key, entry] of Object.entries(value)) bare[key] = withoutPrototypes(entry);
  return bare;
}
