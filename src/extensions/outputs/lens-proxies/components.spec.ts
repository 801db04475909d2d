import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterLabel, COMPONENTS, serviceName } from './components.ts';

const postgres = { name: 'postgres' };
const read = { name: 'prometheus-read' };

describe('the name of a Service', () => {
  it('is that of the predecessor', () => {
    expect(COMPONENTS.map((component) => serviceName(component, 'east'))).toEqual([
      'primus-lens-opensearch-east',
      'primus-lens-prometheus-write-east',
      'primus-lens-prometheus-read-east',
      'primus-lens-postgres-east',
    ]);
  });

  it.each(['East', 'eu.west', 'a_b', 'x-', '...', 'x'.repeat(253)])(
    'is a DNS label for %s as well',
    (cluster) => {
      expect(serviceName(read, cluster)).toMatch(/^primus-lens-prometheus-read-?[-a-z0-9]*-[0-9a-f]{10}$/);
      expect(serviceName(read, cluster).length).toBeLessThanOrEqual(63);
    },
  );

  it.each([
    ['eu.west', 'eu-west'],
    ['eu.west', 'eu_west'],
    ['East', 'east'],
    [`${'x'.repeat(60)}a`, `${'x'.repeat(60)}b`],
  ])('is another one for %s than for %s', (one, other) => {
    expect(serviceName(postgres, one)).not.toBe(serviceName(postgres, other));
  });

  it('is not that of a cluster that is called as a mapped name ends', () => {
    const mapped = serviceName(postgres, 'East');
    const impostor = mapped.replace('primus-lens-postgres-', '');

    expect(serviceName(postgres, impostor)).not.toBe(mapped);
  });

  it('is never shared', () => {
    const name = fc.stringMatching(/^[-._a-zA-Z0-9]{1,80}$/);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        const names = COMPONENTS.flatMap((each) => [serviceName(each, one), serviceName(each, other)]);
        expect(new Set(names).size).toBe(names.length);
        for (const each of names) expect(each).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });
});

describe('the label of a cluster', () => {
  it.each(['east', 'East.1', 'x'.repeat(63)])('is its name: %s', (cluster) => {
    expect(clusterLabel(cluster)).toBe(cluster);
  });

  it.each(['x'.repeat(64), '-east', 'east.'])(
    'is a mapped one where that is no value of a label: %s',
    (cluster) => {
      expect(clusterLabel(cluster)).toMatch(/^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/);
      expect(clusterLabel(cluster)).not.toBe(cluster);
    },
  );
});
