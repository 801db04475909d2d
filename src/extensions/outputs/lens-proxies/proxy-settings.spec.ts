import { describe, expect, it } from 'vitest';
import { excludedNodes, fixedAddresses, ports, ranges } from './proxy-settings.ts';

describe('the settings of proxies', () => {
  it('read ranges of addresses and of ports', () => {
    expect(ranges.parse('10.0.0.0/8, fd00::/8')).toEqual([
      ['10.0.0.0', 8],
      ['fd00::', 8],
    ]);
    expect(ports.parse('30000-32767, 9200')).toEqual([
      [30_000, 32_767],
      [9_200, 9_200],
    ]);
  });

  it('read addresses by cluster', () => {
    expect([...fixedAddresses.parse('east=10.0.0.1, fd00::1; eu-1=10.1.0.1')]).toEqual([
      [
        'east',
        [
          { ip: '10.0.0.1', family: 'IPv4' },
          { ip: 'fd00::1', family: 'IPv6' },
        ],
      ],
      ['eu-1', [{ ip: '10.1.0.1', family: 'IPv4' }]],
    ]);
  });

  it.each([
    [ranges, '10.0.0.0/8,nonsense'],
    [ranges, ','],
    [ports, '0'],
    [ports, '70000'],
    [ports, '32767-30000'],
    [fixedAddresses, 'east'],
    [fixedAddresses, 'east='],
    [fixedAddresses, 'east=10.0.0.1=10.0.0.2'],
    [fixedAddresses, 'east=127.0.0.1'],
    [fixedAddresses, 'east=10.0.0.1;west=169.254.0.1'],
    [excludedNodes, 'a:b:c'],
  ])('refuse what is wrong (%#)', (setting, text) => {
    expect(setting.safeParse(text).success).toBe(false);
  });

  it.each([
    ['n1,n2', { east: ['n1', 'n2'], west: ['n1', 'n2'] }],
    ['east:n1,n2;west:n3', { east: ['n1', 'n2'], west: ['n3'] }],
    ['*:n1;east:n2', { east: ['n1', 'n2'], west: ['n1'] }],
  ])('read excluded nodes as the predecessor did: %s', (text, expected) => {
    const excludes = excludedNodes.parse(text);
    const excluded = (cluster: string) => ['n1', 'n2', 'n3'].filter((node) => excludes(cluster, node));

    expect({ east: excluded('east'), west: excluded('west') }).toEqual(expected);
  });
});
