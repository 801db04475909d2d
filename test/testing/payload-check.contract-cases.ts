import assert from 'node:assert/strict';
import { type PayloadCheck, SourceData } from '../../src/index.ts';
import { type ContractCase, HOSTILE_DATA } from './contract-case.ts';

/** What every `PayloadCheck` has to keep to. */
export function payloadCheckContract(make: () => PayloadCheck): ContractCase[] {
  return [
    {
      name: 'never throws, and says of the same data the same',
      run: async () => {
        const check = make();
        for (const entries of HOSTILE_DATA) {
          const data = new SourceData(new Map(entries));
          assert.deepEqual(check.check(data), check.check(data));
        }
        await Promise.resolve();
      },
    },
    {
      name: 'names no value in what it finds wrong',
      run: async () => {
        const check = make();
        for (const key of ['prometheus', 'postgres', 'opensearch', 'other']) {
          const problem = check.check(SourceData.of([[key, 'canary-of-the-contract']]));
          assert.ok(!JSON.stringify(problem ?? '').includes('canary-of-the-contract'));
        }
        await Promise.resolve();
      },
    },
  ];
}
