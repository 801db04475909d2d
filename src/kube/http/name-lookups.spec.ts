import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { NameLookups } from './name-lookups.ts';

describe('a lookup of a name', () => {
  const lookUp = async (name: string, options: LookupOptions) =>
    await new Promise<string | LookupAddress[]>((resolve, reject) => {
      new NameLookups(4).lookup(name, options, (error, address) => {
        if (error) reject(error);
        else resolve(address);
      });
    });

  it('gives the first address, or all of them', async () => {
    const all = await lookUp('localhost', { all: true });

    expect(all).toContainEqual({ address: '127.0.0.1', family: 4 });
    expect(await lookUp('localhost', { family: 4 })).toBe('127.0.0.1');
    expect(await lookUp('localhost', { family: 'IPv4' })).toBe('127.0.0.1');
  });

  it('fails as the system does where there is no address of the wanted family', async () => {
    await expect(lookUp('127.0.0.1', { family: 6 })).rejects.toMatchObject({
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: '127.0.0.1',
    });
  });

  it('fails as the system does for a name that nobody knows', async () => {
    await expect(lookUp('nowhere.invalid', { all: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string,
      syscall: 'getaddrinfo',
      hostname: 'nowhere.invalid',
    });
  });
});
