import { describe, expect, it, vi } from 'vitest';
import { outputContract } from '../../../../test/testing/index.ts';
import { ViewProblems } from './view-problems.ts';
import { ViewsOutput } from './views.output.ts';

const at = (name: string, namespace = 'default') => ({ namespace, name });
const REFS = {
  registry: at('multi-k8s-config'),
  aggregate: at('multi-storage-config'),
  aggregateParts: [at('multi-storage-config'), at('multi-storage-config-1')],
  source: at('storage-config'),
};
const ALL = { clusters: ['*'], keys: ['*'] };

function output(...names: { name: string; namespace?: string }[]): ViewsOutput {
  const leadership = { term: undefined, status: { role: 'leader' as const, since: new Date() } };
  return new ViewsOutput(
    names.map((each) => ({ ...each, ...ALL })),
    REFS,
    new ViewProblems(leadership),
  );
}

describe('the output of views', () => {
  for (const { name, run } of outputContract(() =>
    output({ name: 'all' }, { name: 'all', namespace: 'team' }),
  ))
    it(name, run);

  it('is in the namespaces of its views', () => {
    const { kinds } = output({ name: 'a' }, { name: 'b' }, { name: 'a', namespace: 'team' });

    expect(kinds.map(({ kind, namespaces }) => [kind, namespaces])).toEqual([
      ['Secret', ['default', 'team']],
    ]);
  });

  it.each([
    ['multi-k8s-config', 'default/multi-k8s-config is a Secret that the exporter uses'],
    ['multi-storage-config', 'default/multi-storage-config is a Secret that the exporter uses'],
    ['multi-storage-config-1', 'default/multi-storage-config-1 is a Secret that the exporter uses'],
    ['storage-config', 'default/storage-config is a Secret that the exporter uses'],
  ])('refuses to write a Secret of the exporter: %s', (name, message) => {
    expect(() => output({ name })).toThrow(message);
    expect(() => output({ name, namespace: 'elsewhere' })).not.toThrow();
  });

  it('refuses two views that are the same Secret', () => {
    expect(() => output({ name: 'a' }, { name: 'a', namespace: 'default' })).toThrow(
      'default/a is a Secret that another view writes already',
    );
  });
});

describe('the problems of views', () => {
  it('last from when something is lacking until it is there, and end where another replica leads', () => {
    vi.useFakeTimers({ now: 1_000 });
    const leadership = { term: undefined, status: { role: 'standby' as const, since: new Date() } };
    const problems = new ViewProblems(leadership);
    const views = new ViewsOutput([{ name: 'v', clusters: ['east'], keys: ['k'] }], REFS, problems);
    views.objects(new Map());
    vi.setSystemTime(9_000);
    views.objects(new Map());

    expect([...problems.problems()]).toEqual([
      {
        code: 'ViewIncomplete',
        severity: 'warning',
        subject: 'default/v',
        message: 'The view default/v lacks something that it asks for: no cluster is named east.',
        remedy: expect.stringContaining('views file') as string,
        since: new Date(1_000),
      },
    ]);
    problems.onLeadershipChanged();
    expect([...problems.problems()]).toEqual([]);
    vi.useRealTimers();
  });
});
