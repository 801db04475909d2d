import { describe, expect, it } from 'vitest';
import { GOLDEN_MARSHALLED, GOLDEN_SOURCE } from '../../../test/golden/golden.ts';
import { PrimusLensPayloadCheck } from './payload-check.ts';
import { encodeSource, restoreContent } from './source-content.ts';

const LENS = [new PrimusLensPayloadCheck()];

const base64 = (text: string) => Buffer.from(text).toString('base64');
const decode = (encoded: string | undefined) => Buffer.from(encoded ?? '', 'base64').toString('utf8');

describe('encodeSource', () => {
  it('gives byte for byte what Go marshals', () => {
    const content = encodeSource(GOLDEN_SOURCE);

    expect(decode(content?.encoded)).toBe(GOLDEN_MARSHALLED);
    expect(content?.bytes).toBe(Buffer.byteLength(GOLDEN_MARSHALLED));
  });

  it('gives an empty object for a source without data', () => {
    expect(decode(encodeSource(new Map())?.encoded)).toBe('{}');
  });

  it.each(['%%%', 'QQ', 'QQ=', 'Q===', 'QUE_', 'QQ==\n'])(
    'refuses the value %j, which is not standard base64',
    (value) => {
      expect(encodeSource(new Map([['a', value]]))).toBeUndefined();
    },
  );

  it('has the same digest for the same data in any order', () => {
    const one = encodeSource(
      new Map([
        ['a', ''],
        ['b', 'QQ=='],
      ]),
    );
    const other = encodeSource(
      new Map([
        ['b', 'QQ=='],
        ['a', ''],
      ]),
    );

    expect(one?.digest).toBe(other?.digest);
  });
});

describe('restoreContent', () => {
  it('refuses what does not pass the payload check', () => {
    const lens = (postgres: string) => {
      const data = Object.entries({ opensearch: '{}', prometheus: '{}', postgres });
      return encodeSource(new Map(data.map(([key, value]) => [key, base64(value)])))?.encoded ?? '';
    };

    expect(restoreContent(lens('{}'), LENS)).toBeDefined();
    expect(restoreContent(lens('not JSON'), LENS)).toBeUndefined();
    expect(restoreContent(lens('not JSON'))).toBeDefined();
  });

  it('takes back what encodeSource gave', () => {
    const content = encodeSource(GOLDEN_SOURCE);

    expect(restoreContent(content?.encoded ?? '')?.content).toEqual(content);
  });

  it.each(['null', '{"a":null}', '{"a":null,"b":"QQ=="}'])('takes %j, which Go writes for nil', (json) => {
    expect(decode(restoreContent(base64(json))?.content.encoded)).toBe(json);
  });

  it.each(['', '[]', '"text"', '{', '{"a":1}', '{"a":"%%%"}', '{"a":{}}'])(
    'refuses %j, at which readers would stop',
    (json) => {
      expect(restoreContent(base64(json))).toBeUndefined();
    },
  );
});
