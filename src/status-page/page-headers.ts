/** Nothing but our own files and our own server: no script, style or frame of anybody else's, nothing inline, and no form. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What is sent with everything of the page. */
export const FILE_HEADERS = {
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** What is sent with the page itself. */
export const PAGE_HEADERS = {
  ...FILE_HEADERS,
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** What is sent with an asset, whose name has a hash of its content in it. */
export const ASSET_HEADERS = { ...FILE_HEADERS, 'Cache-Control': 'public, max-age=31536000, immutable' };
