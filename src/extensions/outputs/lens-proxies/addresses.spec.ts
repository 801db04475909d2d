import { describe, expect, it } from 'vitest';
import { isNever, parseAddress, parseRange, type Range, TargetPolicy } from './addresses.ts';

describe('an address', () => {
  it.each([
    ['10.0.0.1', { ip: '10.0.0.1', family: 'IPv4' }],
    ['FD00:0:0:0::1', { ip: 'fd00::1', family: 'IPv6' }],
  ])('is read in its canonical form: %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'node-1',
    '10.0.0',
    '010.0.0.1',
    '127.1',
    '0x7f000001',
    '10.0.0.1/8',
    'fe80::1%eth0',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ])('is none, or one in disguise: %s', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.255.0.9',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    'fe80::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])('is never one of a proxy: %s', (text) => {
    const address = parseAddress(text);

    expect(address && isNever(address)).toBe(true);
  });
});

describe('a range', () => {
  it.each<[string, Range]>([
    ['10.0.0.0/8', ['10.0.0.0', 8]],
    ['10.0.0.1', ['10.0.0.1', 32]],
    ['fd00::/8', ['fd00::', 8]],
    ['0.0.0.0/0', ['0.0.0.0', 0]],
  ])('is a network with the length of its prefix: %s', (text, range) => {
    expect(parseRange(text)).toEqual(range);
  });

  it.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'everything'])(
    'is none: %s',
    (text) => {
      expect(parseRange(text)).toBeUndefined();
    },
  );
});

describe('the policy', () => {
  const policy = new TargetPolicy({
    allowed: [
      ['0.0.0.0', 0],
      ['fd00::', 8],
    ],
    hub: [['10.96.0.0', 12]],
    ports: [
      [30_000, 32_767],
      [9_200, 9_200],
    ],
  });
  const refusal = (text: string) => {
    const address = parseAddress(text);
    return address ? policy.refusalOf(address) : 'no address';
  };

  it.each([
    ['10.20.0.1', undefined],
    ['fd00::1', undefined],
    ['10.96.0.1', 'hub'],
    ['10.111.255.255', 'hub'],
    ['127.0.0.1', 'never'],
    ['169.254.169.254', 'never'],
    ['::1', 'never'],
    ['fe80::1', 'never'],
    ['2001:db8::1', 'unlisted'],
  ])('judges %s as %s, whatever is allowed', (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it.each([
    [30_000, true],
    [32_767, true],
    [9_200, true],
    [443, false],
    [29_999, false],
    [6_443, false],
  ])('allows port %i: %s', (port, allowed) => {
    expect(policy.allowsPort(port)).toBe(allowed);
  });
});
