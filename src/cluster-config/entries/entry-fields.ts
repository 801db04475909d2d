import { refuseInvalid, refuseUnsafe } from './entry.ts';
import type { EntryDocument } from './entry-document.ts';

/** What of an entry may take part in a connection, whichever format it came in. As written; absent where it is. */
export interface EntryFields {
  server?: string;
  tlsServerName?: string;
  insecureSkipTlsVerify?: boolean;
  /** PEM or base64 of PEM. */
  caData?: string;
  certData?: string;
  keyData?: string;
  token?: string;
  proxyUrl?: string;
}

/**
 * What becomes of a field: it goes into one of {@link EntryFields}; the format reads it itself (`read`); it is harmless (`ignore`); or it
 * is refused for a reason, with a remedy.
 */
export type FieldRule = keyof EntryFields | 'read' | 'ignore' | FieldRefusal;

/** Why a field is refused, as the end of a sentence, and what to do. */
export interface FieldRefusal {
  readonly refuse: string;
  readonly remedy: string;
}

/** The fields that a mapping may have. One that is not listed is refused. */
export type FieldTable = Readonly<Record<string, FieldRule>>;

/** What the fields of a format are called, for messages. */
export type FieldNames = Readonly<Record<keyof EntryFields, string>>;

/** The names that the tables of a format give to what takes part in a connection. */
export function fieldNames(...tables: readonly FieldTable[]): FieldNames {
  const names: Partial<Record<keyof EntryFields, string>> = {};
  for (const [field, rule] of tables.flatMap((table) => Object.entries(table)))
    if (typeof rule === 'string' && rule !== 'read' && rule !== 'ignore') names[rule] ??= field;
  // What a format does not have is never asked about.
  return names as FieldNames;
}

/**
 * Holds a mapping against its table and takes what goes into a connection. A field that the table does not list is refused: a new kind of
 * credential must not get in unseen. Null and empty values count as absent.
 *
 * @throws EntryRefused with `unsafe_entry`, naming the field; with `invalid_entry` when its value is of another type
 */
export function takeFields(where: string, mapping: EntryDocument, table: FieldTable): EntryFields {
  const fields: EntryFields = {};
  for (const [field, value] of Object.entries(mapping)) {
    if (isAbsent(value)) continue;
    const rule = Object.hasOwn(table, field) ? table[field] : undefined;
    if (rule === undefined)
      refuseUnsafe(
        `${where} holds the field ${quoteName(field)}, which is unknown and refused.`,
        'Remove it.',
      );
    if (typeof rule === 'object')
      refuseUnsafe(`${where} holds the field ${quoteName(field)}: ${rule.refuse}.`, rule.remedy);
    if (rule === 'insecureSkipTlsVerify') fields[rule] = asBoolean(where, field, value);
    else if (rule !== 'read' && rule !== 'ignore') fields[rule] = asText(where, field, value);
  }
  return fields;
}

/** A field that a format reads itself. @throws EntryRefused with `invalid_entry` when it is there and no text */
export function optionalText(where: string, mapping: EntryDocument, field: string): string | undefined {
  const value = mapping[field];
  return isAbsent(value) ? undefined : asText(where, field, value);
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is EntryDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a field counts as not there. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** A name out of an entry, fit for a message. What is no plain name could be a credential in the wrong place. */
export function quoteName(name: string): string {
  return /^[A-Za-z][A-Za-z-]{0,23}$/.test(name) ? `"${name}"` : '(unnamed)';
}

function asText(where: string, field: string, value: unknown): string {
  if (typeof value !== 'string') refuseInvalid(`${where}: the field ${quoteName(field)} must be text.`);
  return value;
}

function asBoolean(where: string, field: string, value: unknown): boolean {
  if (typeof value !== 'boolean')
    refuseInvalid(`${where}: the field ${quoteName(field)} must be true or false.`);
  return value;
}
