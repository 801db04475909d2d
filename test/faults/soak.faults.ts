import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { soak } from '../soak/soak.ts';
import { SoakModel, Violation } from '../soak/soak-model.ts';
import { type FaultRig, valueOf } from './fault-rig.ts';

describe('a short soak', () => {
  it('breaks no promise', async () => {
    const seed = randomBytes(4).toString('hex');
    console.log(`soak with the seed ${seed}`);

    const result = await soak({ seed, durationMs: 20_000, clusters: 5 });

    expect(result.rests).toBeGreaterThan(1);
    expect(result.states).toBeGreaterThan(10);
  }, 120_000);
});

describe('the model of the soak', () => {
  type State = ReadonlyMap<string, string> | undefined;
  const judge = (history: State[], prepare: (model: SoakModel) => void = () => {}) => {
    const model = new SoakModel({ history } as FaultRig, ['east', 'west']);
    for (const cluster of model.clusters.values()) cluster.revision = 3;
    prepare(model);
    return () => model.check();
  };
  const state = (east: string, west = 'west 1'): State =>
    new Map([
      ['east', valueOf(east)],
      ['west', valueOf(west)],
    ]);
  const onlyEast: State = new Map([['east', valueOf('east 1')]]);

  it('is content with revisions that follow each other', () => {
    expect(judge([state('east 1'), state('east 2'), state('east 3')])).not.toThrow();
  });

  it('notices a key that is lost, unless it may go', () => {
    expect(judge([state('east 1'), onlyEast])).toThrow(Violation);
    expect(judge([state('east 1'), undefined])).toThrow(Violation);
    const mayGo = (model: SoakModel) => {
      for (const cluster of model.clusters.values()) cluster.mayGo = true;
    };
    expect(judge([state('east 1'), onlyEast], mayGo)).not.toThrow();
  });

  it('notices a value that the source never held, or of another cluster', () => {
    expect(judge([state('east 4')])).toThrow(Violation);
    expect(judge([state('west 1')])).toThrow(Violation);
  });

  it('notices a value that goes back to an old revision', () => {
    expect(judge([state('east 2'), state('east 1')])).toThrow(Violation);
  });
});
