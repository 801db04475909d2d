import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { failed, good, notNeeded, warning } from './finding.ts';
import { runSteps, type Step, verdictOf } from './step-runner.ts';

const aStep = (name: string, run: Step['run'] = () => good()): Step => ({ name, run });

describe('runSteps', () => {
  it('tries one step after the other and tells before each', async () => {
    const told: string[] = [];

    const reports = await runSteps(
      [
        aStep('a'),
        aStep('b', () => warning('soon', 'act')),
        aStep('c', () => notNeeded('an IP')),
        aStep('d'),
      ],
      { limitMs: 1_000, onStep: (name) => told.push(name) },
    );

    expect(reports).toEqual([
      { step: 'a', verdict: 'good' },
      { step: 'b', verdict: 'warning', message: 'soon', remedy: 'act' },
      { step: 'c', verdict: 'skipped', message: 'an IP' },
      { step: 'd', verdict: 'good' },
    ]);
    expect(told).toEqual(['a', 'b', 'c', 'd']);
    expect(verdictOf(reports)).toBe('warning');
  });

  it('tries nothing after a step that failed', async () => {
    let tried = false;
    const steps = [
      aStep('a', () => failed('no', 'act')),
      aStep('b', () => {
        tried = true;
        return good();
      }),
    ];

    const reports = await runSteps(steps, { limitMs: 1_000 });

    expect(reports).toEqual([
      { step: 'a', verdict: 'failed', message: 'no', remedy: 'act' },
      { step: 'b', verdict: 'skipped' },
    ]);
    expect(tried).toBe(false);
    expect(verdictOf(reports)).toBe('failed');
  });

  it('takes what a step throws as its failure', async () => {
    const error = new KubeRequestError({ reason: 'unauthorized', status: 401 });

    const [report] = await runSteps([aStep('a', () => Promise.reject(error))], { limitMs: 1_000 });

    expect(report).toEqual({
      step: 'a',
      verdict: 'failed',
      message: 'The server does not accept the credentials (HTTP 401).',
      remedy: 'Renew them.',
    });
  });

  it('shows nothing of what a library throws but its code', async () => {
    const step = aStep('a', () => {
      throw Object.assign(new Error('canary'), { code: 'ECONNRESET' });
    });

    const [report] = await runSteps([step], { limitMs: 1_000 });

    expect(report).toMatchObject({ message: 'The server cannot be reached (ECONNRESET).' });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('leaves it to a step to say what did not end in time', async () => {
    const heeding = aStep('a', async (signal) => {
      await once(signal, 'abort');
      return failed('The program did not end.', 'Run it by hand.');
    });

    const [report] = await runSteps([heeding], { limitMs: 20 });

    expect(report).toMatchObject({ message: 'The program did not end.' });
  });

  it('waits no longer than its limit, not even for a step that does not heed its signal', async () => {
    const hanging = aStep('a', () => new Promise(() => undefined));

    const reports = await runSteps([hanging, aStep('b')], { limitMs: 20 });

    expect(reports).toEqual([
      {
        step: 'a',
        verdict: 'failed',
        message: 'The server did not answer in time.',
        remedy: 'Check the network and the load of the server.',
      },
      { step: 'b', verdict: 'skipped' },
    ]);
  });
});
