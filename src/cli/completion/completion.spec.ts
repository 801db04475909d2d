import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../program.ts';
import { Terminal } from '../terminal.ts';

/** What `mcce` prints to stdout, and how it ends. */
async function run(...args: string[]) {
  const stream = () => new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  const [stdout, stderr] = [stream(), stream()];
  const code = await runProgram(args, new Terminal({}, stdout, stderr));
  for (const stopped of [stdout, stderr]) stopped.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

/** What is suggested, without descriptions. */
async function suggested(...words: string[]): Promise<string[]> {
  const { code, stdout } = await run('complete', '--', ...words);
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('what can follow on the command line', () => {
  it('is a command, with what it does', async () => {
    expect(await suggested('')).toEqual(expect.arrayContaining(['status', 'cluster', 'version', ':4']));
    expect(await suggested('')).not.toContain('complete');
    expect((await run('complete', '--', 'stat')).stdout).toBe('status\tthe state of every cluster\n:4\n');
  });

  it('is a command of a group, options before it or not', async () => {
    expect(await suggested('cluster', 'l')).toEqual(['list', ':4']);
    expect(await suggested('-n', 'storage', 'cluster', 'l')).toEqual(['list', ':4']);
  });

  it('is an option of the command, or of all commands', async () => {
    expect(await suggested('status', '--wa')).toEqual(['--watch', '--wait', ':4']);
    expect(await suggested('status', '--kube')).toEqual(['--kubeconfig', ':4']);
    expect(await suggested('--kube')).toEqual(['--kubeconfig', ':4']);
    expect(await suggested('status', '-')).toEqual(expect.arrayContaining(['-o', '-n', '-h']));
  });

  it.each([
    [
      ['status', '-o', ''],
      ['table', 'wide', 'json', 'yaml', 'name', ':4'],
    ],
    [
      ['cluster', 'list', '--output', 'y'],
      ['yaml', ':4'],
    ],
    [
      ['manifests', ''],
      ['hub', 'cluster', 'view', ':4'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', ':4'],
    ],
    [['status', '--timeout', ''], [':4']],
  ])('is one of the choices: %j', async (words, suggestions) => {
    expect(await suggested(...words)).toEqual(suggestions);
  });

  it.each([
    ['validate', '-f', ''],
    ['validate', '--filename', 'reg'],
    ['status', '--kubeconfig', ''],
    ['--kubeconfig', ''],
  ])('is a file: %s %s %s', async (...words) => {
    expect(await suggested(...words)).toEqual([':0']);
  });
});

describe('mcce completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await run('completion', shell);

    expect(code).toBe(0);
    expect(stdout).toContain('mcce complete -- ');
  });

  it.each([{ shells: [] }, { shells: ['powershell'] }, { shells: ['bash', 'zsh'] }])(
    'is a mistake with $shells',
    async ({ shells }) => {
      expect(await run('completion', ...shells)).toMatchObject({ code: 2, stdout: '' });
    },
  );

  it('makes no names in bash that are not its own, and none that stay', async () => {
    const { stdout } = await run('completion', 'bash');

    expect(stdout).not.toMatch(/readonly|ShellComp/);
    expect(stdout).toMatch(/^complete -o default -F __mcce_complete mcce$/m);
  });
});
