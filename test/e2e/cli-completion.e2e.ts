import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { eventually } from '../support/eventually.ts';
import { MCCE } from '../support/mcce.ts';
import { PseudoTerminal } from '../support/pseudo-terminal.ts';

const run = promisify(execFile);
const TAB = '\t';
/** What a shell has to be told at its start, and how it is started without the files of whoever runs the tests. */
const SHELLS = {
  bash: { command: 'bash --norc --noprofile -i', start: 'source <(mcce completion bash)' },
  zsh: { command: 'zsh -f -i', start: 'autoload -U compinit; compinit -u -D; source <(mcce completion zsh)' },
  fish: { command: 'fish --no-config -i', start: 'mcce completion fish | source' },
};

describe('mcce completion', () => {
  let folder: string;
  let environment: { PATH: string; HOME: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-completion-'));
    await writeFile(join(folder, 'mcce'), `#!/bin/sh\nexec '${process.execPath}' '${MCCE}' "$@"\n`);
    await writeFile(join(folder, 'registry-of-mine.yaml'), '');
    await chmod(join(folder, 'mcce'), 0o755);
    environment = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** What bash has to choose from, when Tab is pressed behind the words. */
  const suggestedByBash = async (...words: string[]): Promise<string[]> => {
    const script = `set -u; ${SHELLS.bash.start}; shift 0
      COMP_WORDS=(mcce "$@"); COMP_CWORD=$#
      __mcce_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['--norc', '--noprofile', '-c', script, 'bash', ...words], {
      env: environment,
    });
    return stdout.split('\n').filter(Boolean);
  };

  it('gives bash commands, options and values to choose from, without the package bash-completion', async () => {
    expect(await suggestedByBash('')).toEqual(
      expect.arrayContaining(['run', 'status', 'cluster', 'validate', 'manifests', 'completion', 'version']),
    );
    expect(await suggestedByBash('cluster', '')).toContain('list');
    expect(await suggestedByBash('cluster', 'list', '--out')).toEqual(['--output']);
    expect(await suggestedByBash('status', '-o', '')).toEqual(['table', 'wide', 'json', 'yaml', 'name']);
    expect(await suggestedByBash('status', '-o', 'j')).toEqual(['json']);
    expect(await suggestedByBash('no such command', '')).toEqual([]);
  });

  it('can be read twice, and beside that of another program', async () => {
    const script = `readonly ShellCompDirectiveError=1; ${SHELLS.bash.start}; ${SHELLS.bash.start}`;

    expect(await run('bash', ['--norc', '--noprofile', '-c', script], { env: environment })).toEqual({
      stdout: '',
      stderr: '',
    });
  });

  describe.each(Object.entries(SHELLS))('in %s', (shell, { command, start }) => {
    it.skipIf(!isInstalled(shell))('completes what is typed', async () => {
      const terminal = new PseudoTerminal(command, environment);
      const shown = async (text: string) =>
        await eventually(() => expect(stripVTControlCharacters(terminal.output)).toContain(text));
      // What is echoed is no answer: the quotes tell the two apart.
      terminal.type('cd; echo rea""dy\n');
      await shown('ready');
      terminal.type(`${start}; echo load""ed\n`);
      await shown('loaded');

      terminal.type(`mcce versi${TAB}`);
      await shown('mcce version');
      terminal.type('\n');
      await shown(packageJson.version);
      terminal.type(`mcce validate --filen${TAB}registry-${TAB}`);
      await shown('registry-of-mine.yaml');
      terminal.type(`-o ya${TAB}\n`);

      await shown('registry-of-mine.yaml holds no Secret');
      terminal.type('exit\n');
      await terminal.ended;
    });
  });
});

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit']);
    return true;
  } catch {
    return false;
  }
}
