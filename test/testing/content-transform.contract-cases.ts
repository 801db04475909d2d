import assert from 'node:assert/strict';
import { type ContentTransform, SourceData } from '../../src/index.ts';
import { type ContractCase, HOSTILE_DATA } from './contract-case.ts';

/** What every `ContentTransform` has to keep to. */
export function contentTransformContract(make: () => Pick<ContentTransform, 'transform'>): ContractCase[] {
  return [
    {
      name: 'never throws, and gives data in base64, or a reason to hold it',
      run: async () => {
        const transform = make();
        for (const entries of HOSTILE_DATA) {
          const transformed = transform.transform('east', new SourceData(new Map(entries)));
          if ('hold' in transformed) assert.match(transformed.hold.message, /\S/);
          else
            for (const value of transformed.data.encoded.values())
              assert.match(value, /^[A-Za-z0-9+/]*={0,2}$/);
        }
        await Promise.resolve();
      },
    },
    {
      name: 'gives of the same data the same, and leaves what it was given alone',
      run: async () => {
        const transform = make();
        const encoded = new Map([['postgres', Buffer.from('{}').toString('base64')]]);
        const data = new SourceData(encoded);
        const given = () => {
          const transformed = transform.transform('east', data);
          return 'hold' in transformed ? transformed : [...transformed.data.encoded];
        };
        assert.deepEqual(given(), given());
        assert.deepEqual([...encoded], [['postgres', Buffer.from('{}').toString('base64')]]);
        await Promise.resolve();
      },
    },
  ];
}
