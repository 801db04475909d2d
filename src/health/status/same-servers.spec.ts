import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { SameServers } from './same-servers.ts';

/** Clusters as name, address and UID of the source. */
function given(
  ...clusters: [name: string, identity: string, uid?: string][]
): (name: string) => readonly string[] {
  const uids = new Map(clusters.map(([name, , uid]) => [name, uid]));
  const all = clusters.map(([name, identity]) => ({ name, identity }) as Cluster);
  const same = new SameServers(all, ({ name }) => uids.get(name));
  return (name) => same.othersOf(all.find((cluster) => cluster.name === name) as Cluster);
}

describe('clusters that are one', () => {
  it('have one source, whatever their addresses are', () => {
    const othersOf = given(
      ['north', 'a', '1'],
      ['east', 'b', '1'],
      ['east-vpn', 'c', '1'],
      ['south', 'd', '2'],
    );

    expect(othersOf('east')).toEqual(['east-vpn', 'north']);
    expect(othersOf('south')).toEqual([]);
  });

  it('have one address, while the source of one of them is not known', () => {
    const othersOf = given(['east', 'a', '1'], ['east-2', 'a'], ['west', 'b']);

    expect(othersOf('east')).toEqual(['east-2']);
    expect(othersOf('east-2')).toEqual(['east']);
    expect(othersOf('west')).toEqual([]);
  });

  it('are not those behind one gateway that have sources of their own', () => {
    const othersOf = given(['east', 'gateway', '1'], ['west', 'gateway', '2']);

    expect(othersOf('east')).toEqual([]);
  });

  it('are named up to five, also where a whole fleet has one address', () => {
    const fleet = Array.from(
      { length: 5_000 },
      (_, index) => [`c${index + 1_000}`, 'gateway'] as [string, string],
    );
    const othersOf = given(...fleet);

    expect(othersOf('c1000')).toEqual(['c1001', 'c1002', 'c1003', 'c1004', 'c1005']);
    expect(othersOf('c5999')).toEqual(['c1000', 'c1001', 'c1002', 'c1003', 'c1004']);
  });
});
