import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PageFiles } from './page-files.ts';

describe('the files of the page', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcce-page-'));
    await mkdir(join(directory, 'page', 'assets'), { recursive: true });
    await writeFile(join(directory, 'secret.js'), 'no');
    await writeFile(join(directory, 'page', 'licenses.txt'), 'no');
    await writeFile(join(directory, 'page', 'index.html'), '<!doctype html>');
    await writeFile(join(directory, 'page', 'assets', 'a.js'), 'yes');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('are those of its own directory, by name', async () => {
    const files = new PageFiles(join(directory, 'page'));

    expect(await files.get('index.html')).toEqual({
      type: 'text/html; charset=utf-8',
      body: Buffer.from('<!doctype html>'),
    });
    expect((await files.get('assets/a.js'))?.body.toString()).toBe('yes');
  });

  it.each([
    'assets/../../secret.js',
    '../secret.js',
    'assets/..%2f..%2fsecret.js',
    'licenses.txt',
    'assets',
    '',
    '__proto__',
  ])('are no others: %j', async (name) => {
    expect(await new PageFiles(join(directory, 'page')).get(name)).toBeUndefined();
  });

  it('are none where the page was not built', async () => {
    expect(await new PageFiles(join(directory, 'nowhere')).get('index.html')).toBeUndefined();
  });
});
