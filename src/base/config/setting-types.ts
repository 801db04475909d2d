import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** Name of a Secret: a DNS subdomain (Kubernetes, "Object Names and IDs"). */
export const secretName = z
  .string()
  .max(253, 'must have at most 253 characters')
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'must be the name of a Kubernetes Secret',
  );

/** Name of a namespace: a DNS label (RFC 1123). */
export const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a Kubernetes namespace');

/** `true` or `false`. */
export const boolean = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true');

/** A duration such as `30s`; milliseconds. @param options.orZero whether 0 is allowed below the least */
export const durationBetween = (min: string, max: string, { orZero = false } = {}) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    const inRange = ms !== undefined && ms >= (parseDuration(min) ?? 0) && ms <= (parseDuration(max) ?? 0);
    if (ms !== undefined && (inRange || (orZero && ms === 0))) return ms;
    context.addIssue({
      code: 'custom',
      message: `must be a duration such as 500ms, 30s, 5m or 2h, from ${min} to ${max}${orZero ? ', or 0' : ''}`,
    });
    return z.NEVER;
  });

/** Items with commas between, none of them twice. @param message what they must be, after the name of the setting */
export const list = (item: RegExp, message: string) =>
  z.string().transform((text, context) => {
    const items = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    if (items.every((part) => item.test(part)) && new Set(items).size === items.length) return items;
    context.addIssue({ code: 'custom', message: `${message}, each once` });
    return z.NEVER;
  });

/** A share in percent, or 0. */
export const share = z.string().transform((text, context) => {
  const percent = text === '0' ? 0 : /^\d{1,3}%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent / 100;
  context.addIssue({ code: 'custom', message: 'must be a share such as 50%, from 1% to 100%, or 0' });
  return z.NEVER;
});

/** A whole number. */
export const integerBetween = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });

/** Names of namespaces with commas between. */
export const namespaceNames = list(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  'must be names of Kubernetes namespaces, with commas between',
);
