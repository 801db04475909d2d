/** Patterns of credentials, and their replacements. The order matters. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, '[PEM removed]'],
  // A JWT (RFC 7519): each part is base64url, and the first begins with {".
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token removed]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [removed]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1[removed]@'],
  [/("?(?:password|passwd|secret|token|api[-_]?key)"?\s*[:=]\s*)"[^"]{4,}"/gi, '$1"[removed]"'],
  [/\b(?=[A-Za-z]*\d)[0-9a-fA-F]{40,}\b/g, '[removed]'],
  [
    /(?<![\w+/])(?=[A-Za-z0-9+/]*[0-9])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40,}={0,2}/g,
    '[removed]',
  ],
];

/**
 * Replaces what looks like a credential. The exporter writes none; this is for what extensions and API servers write.
 */
export function mask(text: string): string {
  return MASKS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}
