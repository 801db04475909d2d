import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.ts';
import { ExporterError } from './exporter.error.ts';

class ExampleError extends ExporterError {
  readonly code = 'MCCE_WATCH_BROKEN';
}

describe('describeError', () => {
  it('keeps code, message and details of our own errors', () => {
    const error = new ExampleError('The watch ended.', {
      details: { cluster: 'east' },
      cause: new Error('hidden'),
    });

    const described = describeError(error);

    expect(described).toEqual({
      name: 'ExampleError',
      code: 'MCCE_WATCH_BROKEN',
      message: 'The watch ended.',
      details: { cluster: 'east' },
      cause: { name: 'Error', frames: expect.any(Array) },
    });
    expect(JSON.stringify(described)).not.toContain('hidden');
  });

  it('drops the message of a foreign error, on its own and inside the stack', () => {
    const error = Object.assign(new TypeError('cannot parse "s3cret\n   with lines"'), { code: 'ERR_X' });

    const described = describeError(error);

    expect(described).toMatchObject({ name: 'TypeError', code: 'ERR_X' });
    expect(described.frames?.length).toBeGreaterThan(0);
    expect(JSON.stringify(described)).not.toContain('s3cret');
  });

  it('shows nothing of a thrown string but its type', () => {
    const described = describeError('s3cret');

    expect(described).toEqual({ name: 'string' });
  });
});
