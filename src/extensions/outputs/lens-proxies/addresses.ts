import { BlockList, isIP } from 'node:net';

/** An address that a proxy can point to. */
export interface Address {
  readonly ip: string;
  readonly family: 'IPv4' | 'IPv6';
}

/** Ranges of addresses: network and length of the prefix. */
export type Range = readonly [network: string, prefix: number];

/** What no proxy points to, no matter who asks for it: from there the hub, its nodes or nobody would answer (RFC 6890). */
const NEVER: readonly Range[] = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 96],
  ['fe80::', 10],
  ['ff00::', 8],
  // IPv4 addresses in another guise.
  ['64:ff9b::', 96],
  ['2002::', 16],
];

/** The text as an address, in its canonical form; undefined: it is none, or one in disguise. */
export function parseAddress(text: string): Address | undefined {
  const version = isIP(text);
  if (version === 4) return { ip: text, family: 'IPv4' };
  if (version !== 6 || text.includes('%')) return undefined;
  const ip = new URL(`http://[${text}]`).hostname.slice(1, -1);
  return ip.startsWith('::ffff:') ? undefined : { ip, family: 'IPv6' };
}

/** `10.0.0.0/8`, or an address alone; undefined: it is neither. */
export function parseRange(text: string): Range | undefined {
  const [ip = '', length, ...rest] = text.split('/');
  const address = parseAddress(ip);
  if (!address || rest.length > 0) return undefined;
  const longest = address.family === 'IPv4' ? 32 : 128;
  if (length === undefined) return [address.ip, longest];
  return /^\d{1,3}$/.test(length) && Number(length) <= longest ? [address.ip, Number(length)] : undefined;
}

/** Why an address is refused. `never`: loopback, link-local and the like; `hub`: of the hub itself; `unlisted`: not in an allowed range. */
export type AddressRefusal = 'never' | 'hub' | 'unlisted';

/** Which addresses a proxy may point to, and which ports. */
export class TargetPolicy {
  private readonly allowed: BlockList;
  private readonly hub: BlockList;

  constructor(
    private readonly options: {
      readonly allowed: readonly Range[];
      /** Ranges of the hub: refused even where they are allowed. */
      readonly hub: readonly Range[];
      readonly ports: readonly (readonly [from: number, to: number])[];
    },
  ) {
    this.allowed = listOf(options.allowed);
    this.hub = listOf(options.hub);
  }

  /** Undefined: a proxy may point to it. */
  refusalOf(address: Address): AddressRefusal | undefined {
    if (isNever(address)) return 'never';
    if (has(this.hub, address)) return 'hub';
    return has(this.allowed, address) ? undefined : 'unlisted';
  }

  allowsPort(port: number): boolean {
    return this.options.ports.some(([from, to]) => from <= port && port <= to);
  }
}

const never = listOf(NEVER);

/** Whether no proxy may point to it, even if the operator asks for that. */
export function isNever(address: Address): boolean {
  return has(never, address);
}

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges)
    list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function has(list: BlockList, { ip, family }: Address): boolean {
  return list.check(ip, family === 'IPv4' ? 'ipv4' : 'ipv6');
}
