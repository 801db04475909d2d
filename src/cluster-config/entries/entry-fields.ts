import { refuseInvalid, refuseUnsafe } from './entry.ts';
import type { EntryDocument } from './entry-document.ts';

/** The fields of an entry that may take part in a connection, whichever format they came in. Text as written. */
export interface EntryFields {
  /** Names of the fields as the operator wrote them, for messages. */
  names: {
    server: string;
    tlsServerName: string;
    insecure: string;
    ca: string;
    cert: string;
    key: string;
    token: string;
  };
  server: string | undefined;
  tlsServerName: string | undefined;
  insecureSkipTlsVerify: boolean;
  /** PEM or base64 of PEM. */
  caData: string | undefined;
  certData: string | undefined;
  keyData: string | undefined;
  token: string | undefined;
  proxyUrl: string | undefined;
}

/** What becomes of a field: `use` it, `ignore` it as harmless, or refuse it for a reason, with a remedy. */
export type FieldRule = 'use' | 'ignore' | { refuse: string; remedy: string };

/**
 * Holds a mapping against an allow-list. A field that no rule names is refused: a new kind of credential must not get in
 * unseen. Null and empty values count as absent.
 *
 * @throws EntryRefused with `unsafe_entry`, naming the field
 */
export function checkFields(
  where: string,
  mapping: EntryDocument,
  rules: Readonly<Record<string, FieldRule>>,
): void {
  for (const [field, value] of Object.entries(mapping)) {
    if (isAbsent(value)) continue;
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (rule === undefined) {
      refuseUnsafe(
        `${where} holds the field ${quoteName(field)}, which is unknown and refused.`,
        'Remove it.',
      );
    }
    if (typeof rule === 'object')
      refuseUnsafe(`${where} holds the field ${quoteName(field)}: ${rule.refuse}.`, rule.remedy);
  }
}

/** @throws EntryRefused with `invalid_entry` when the field is there and no text */
export function optionalText(where: string, mapping: EntryDocument, field: string): string | undefined {
  const value = mapping[field];
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'string') refuseInvalid(`${where}: the field ${quoteName(field)} must be text.`);
  return value;
}

/** @throws EntryRefused with `invalid_entry` when the field is there and neither true nor false */
export function optionalBoolean(where: string, mapping: EntryDocument, field: string): boolean {
  const value = mapping[field];
  if (isAbsent(value)) return false;
  if (typeof value !== 'boolean')
    refuseInvalid(`${where}: the field ${quoteName(field)} must be true or false.`);
  return value;
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
