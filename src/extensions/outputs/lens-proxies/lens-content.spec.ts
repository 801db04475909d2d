import { describe, expect, it } from 'vitest';
import { lensSource } from '../../../../test/support/lens-objects.ts';
import { encodeSource, SourceData } from '../../../index.ts';
import { proxiesNamedIn, rewrite } from './lens-content.ts';

const PLACE = { namespace: 'primus-lens', allowsPort: (port: number) => port >= 30_000 && port <= 32_767 };

function rewritten(texts: Record<string, string>, place = PLACE) {
  const result = rewrite('east', SourceData.of(Object.entries(texts)), place);
  if ('hold' in result) return result;
  const { data, targets, unreachable } = result;
  const fields = Object.fromEntries(
    data.keys.map((key) => [key, JSON.parse(data.text(key) ?? '') as Record<string, unknown>]),
  );
  return {
    fields,
    targets: targets.map(({ component, nodePort }) => `${component.name} ${nodePort}`),
    unreachable,
  };
}

describe('a rewritten content', () => {
  it('names the proxies on the hub, and leaves everything else as it is', () => {
    const source = lensSource({ password: 'p' });
    const original = (key: string) => JSON.parse(source[key] ?? '') as object;

    expect(rewritten(source)).toEqual({
      fields: {
        opensearch: { ...original('opensearch'), service: 'primus-lens-opensearch-east', port: 9200 },
        prometheus: {
          ...original('prometheus'),
          write_service: 'primus-lens-prometheus-write-east',
          write_port: 9090,
          read_service: 'primus-lens-prometheus-read-east',
          read_port: 9090,
        },
        postgres: { ...original('postgres'), service: 'primus-lens-postgres-east', port: 5432 },
      },
      targets: ['opensearch 30920', 'prometheus-write 30480', 'prometheus-read 30481', 'postgres 30432'],
      unreachable: [],
    });
  });

  it('has no other keys, and needs none of them all', () => {
    const { postgres = '' } = lensSource();

    expect(rewritten({ postgres, grafana: '{"service":"grafana"}' })).toMatchObject({
      fields: { postgres: { service: 'primus-lens-postgres-east' } },
      targets: ['postgres 30432'],
    });
    expect(rewritten({ grafana: '{}' })).toMatchObject({
      hold: { message: expect.stringContaining('none of the keys') as string },
    });
  });

  it('is in the namespace of the proxies, wherever the source was', () => {
    expect(rewritten(lensSource(), { ...PLACE, namespace: 'storage' })).toMatchObject({
      fields: { postgres: { namespace: 'storage' }, prometheus: { namespace: 'storage' } },
    });
  });

  it.each([undefined, null, 0, '', '0', -1])(
    'names no service that only the cluster knows: node port %j',
    (port) => {
      const { prometheus = '' } = lensSource();
      const fields = { ...(JSON.parse(prometheus) as object), write_node_port: port };

      const result = rewritten({ prometheus: JSON.stringify(fields) });

      expect(result).toMatchObject({ targets: ['prometheus-read 30481'], unreachable: ['prometheus-write'] });
      expect(JSON.stringify(result)).not.toContain('vminsert');
      expect(result).not.toHaveProperty('fields.prometheus.write_port');
    },
  );

  it('takes a node port that is written as text', () => {
    expect(rewritten(lensSource({ ports: { postgres: '30433' } }))).toMatchObject({
      targets: expect.arrayContaining(['postgres 30433']) as string[],
    });
  });

  it.each([22, 443, 6443, 10_250, 29_999, 32_768, 65_536, 1e9, 30_432.5, 'ssh', '3e4', true, {}, [30_432]])(
    'is held as a whole for the odd port %j',
    (port) => {
      expect(rewritten(lensSource({ ports: { postgres: port } }))).toMatchObject({
        hold: { message: expect.stringContaining('"node_port"') as string },
      });
    },
  );

  it.each(['', 'text', '[]', 'null', '1', '{"a":'])('is held where a key holds no object: %s', (text) => {
    expect(rewritten({ ...lensSource(), prometheus: text })).toMatchObject({
      hold: { message: expect.stringContaining('"prometheus"') as string },
    });
  });

  it('never says what a source holds', () => {
    const held = rewritten(lensSource({ password: 'canary', ports: { postgres: 'canary' } }));

    expect(JSON.stringify(held)).not.toContain('canary');
  });
});

describe('the proxies that a published content names', () => {
  const named = (texts: Record<string, string>) => {
    const data = SourceData.of(Object.entries(texts));
    const digest = encodeSource(data.encoded)?.digest ?? '';
    return proxiesNamedIn({ cluster: 'east', digest, data }).map(({ name }) => name);
  };

  it('are those of its own cluster', () => {
    expect(
      named({
        opensearch: '{"service":"primus-lens-opensearch-west"}',
        prometheus: '{"read_service":"primus-lens-prometheus-read-east","write_service":"vminsert"}',
        postgres: '{"service":"primus-lens-postgres-east"}',
      }),
    ).toEqual(['prometheus-read', 'postgres']);
  });

  it('are none where it names none', () => {
    expect(named(lensSource())).toEqual([]);
    expect(named({ postgres: 'no JSON' })).toEqual([]);
  });
});
