/**
 * The result of a read of a cluster, in logs and status. docs/errors.md explains what each means and how to fix it.
 */
export const REASONS = [
  'ok',
  'not_found',
  'dns',
  'connect',
  'tls',
  'timeout',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'server_error',
  'invalid_entry',
  'unsafe_entry',
  'invalid_payload',
  'too_large',
  'internal',
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];

/** Every reason but `ok`. */
export type FailureReason = Exclude<Reason, 'ok'>;
