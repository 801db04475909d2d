import { z } from 'zod';
import { type Address, isNever, parseAddress, parseRange, type Range } from './addresses.ts';

/** A setting that is read by a function; undefined: the text is wrong. @param message what it must be */
function readBy<Value>(read: (text: string) => Value | undefined, message: string) {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** All of them, or undefined when one is. */
function all<Value>(values: readonly (Value | undefined)[]): Value[] | undefined {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === values.length && defined.length > 0 ? defined : undefined;
}

const items = (text: string, separator = ',') =>
  text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** `10.0.0.0/8,fd00::/8`. */
export const ranges = readBy(
  (text): Range[] | undefined => all(items(text).map(parseRange)),
  'must be ranges of addresses such as 10.0.0.0/8, with commas between',
);

/** `30000-32767,9200`. */
export const ports = readBy(
  (text) => all(items(text).map(parsePorts)),
  'must be ports or ranges of ports such as 30000-32767, with commas between',
);

function parsePorts(text: string): [from: number, to: number] | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to && to <= 65_535 ? [from, to] : undefined;
}

/** `east=10.0.0.1,10.0.0.2;west=10.1.0.1`: addresses by cluster. */
export const fixedAddresses = readBy((text): ReadonlyMap<string, readonly Address[]> | undefined => {
  const entries = items(text, ';').map((entry): [string, Address[]] | undefined => {
    const [cluster = '', list = '', ...rest] = entry.split('=');
    const addresses = all(items(list).map(parseAddress));
    const usable = rest.length === 0 && /^[-._a-zA-Z0-9]+$/.test(cluster.trim());
    return usable && addresses?.every((address) => !isNever(address))
      ? [cluster.trim(), addresses]
      : undefined;
  });
  const complete = all(entries);
  return complete && new Map(complete);
}, 'must be clusters with addresses that are neither loopback nor link-local, such as east=10.0.0.1,10.0.0.2;west=10.1.0.1');

/** Whether a node of a cluster is left out. */
export type NodeExclusion = (cluster: string, node: string) => boolean;

/** `n1,n2` for all clusters, or `east:n1,n2;west:n3;*:n4`: what the predecessor's variable `EXCLUDE_CONTROL_PLANE_NODES` holds. */
export const excludedNodes = readBy((text): NodeExclusion | undefined => {
  const excluded = new Map<string, Set<string>>();
  for (const entry of items(text, ';')) {
    const [first = '', second, ...rest] = entry.split(':');
    if (rest.length > 0) return undefined;
    const [cluster, nodes] = second === undefined ? ['*', first] : [first.trim(), second];
    const known = excluded.get(cluster) ?? new Set();
    excluded.set(cluster, new Set([...known, ...items(nodes)]));
  }
  return (cluster, node) => Boolean(excluded.get('*')?.has(node) || excluded.get(cluster)?.has(node));
}, 'must be names of nodes, such as n1,n2 or east:n1,n2;west:n3');
