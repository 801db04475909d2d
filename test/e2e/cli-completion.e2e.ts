import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { provisionShells, type Shells } from '../shells/shells.ts';
import { eventually } from '../support/eventually.ts';
import { MCCE } from '../support/mcce.ts';
import { PseudoTerminal } from '../support/pseudo-terminal.ts';
import { Fleet } from './fleet.ts';

const run = promisify(execFile);
const TAB = '\t';
/** How a shell is started without the files of whoever runs the tests, and what it has to be told then. */
const SHELLS = {
  bash: { options: '--norc --noprofile -i', start: 'source <(mcce completion bash)' },
  zsh: { options: '-d -i', start: 'autoload -U compinit; compinit -u -D; source <(mcce completion zsh)' },
  fish: { options: '--no-config -i', start: 'mcce completion fish | source' },
};
/** As EKS names contexts: bash and zsh treat a colon in their own way. */
const CONTEXT = 'arn:aws:eks:eu-west-1:111122223333:cluster/blue';

describe('mcce completion', () => {
  let fleet: Fleet;
  let shells: Shells;
  let folder: string;
  let environment: { PATH: string; HOME: string; KUBECONFIG: string };

  beforeAll(async () => {
    [fleet, shells] = await Promise.all([Fleet.start([]), provisionShells()]);
    await fleet.registry.create({ 'eu-east': '', 'eu-west': '', 'us-north': '' });
    folder = await mkdtemp(join(tmpdir(), 'mcce-completion-'));
    await writeFile(join(folder, 'mcce'), `#!/bin/sh\nexec '${process.execPath}' '${MCCE}' "$@"\n`);
    await writeFile(join(folder, 'registry-of-mine.yaml'), '');
    await writeFile(join(folder, '.zshrc'), '');
    await chmod(join(folder, 'mcce'), 0o755);
    const kubeconfig = load(await readFile(fleet.hub.kubeconfig, 'utf8')) as {
      contexts: { name: string; context: object }[];
    };
    const [{ context } = { context: {} }] = kubeconfig.contexts;
    const names = [CONTEXT, 'staging', '$(touch${IFS}evil)', '`touch${IFS}evil`'];
    kubeconfig.contexts.push(...names.map((name) => ({ name, context })));
    const file = join(folder, 'kubeconfig');
    await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
    environment = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, KUBECONFIG: file };
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What bash has to choose from, when Tab is pressed behind the words. */
  const suggestedByBash = async (...words: string[]): Promise<string[]> => {
    const script = `set -u; ${SHELLS.bash.start}
      COMP_LINE="mcce $*"; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(mcce "$@"); COMP_CWORD=$#
      __mcce_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['--norc', '--noprofile', '-c', script, 'bash', ...words], {
      env: environment,
      cwd: folder,
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
    expect(await suggestedByBash('status', '--output=j')).toEqual(['json']);
    expect(await suggestedByBash('no', 'such', 'command', '')).toEqual([]);
  });

  it('gives the contexts of the kubeconfig and the clusters of the registry', async () => {
    expect(await suggestedByBash('cluster', 'add', 's')).toEqual(['staging']);
    expect(await suggestedByBash('--context', 's')).toEqual(['staging']);
    expect(await suggestedByBash('cluster', 'remove', 'eu-west', '--purge', 's')).toEqual(['staging']);
    expect(await suggestedByBash('cluster', 'rotate', 'eu-west', 's')).toEqual(['staging']);
    expect(await suggestedByBash('status', '')).toEqual(['eu-east', 'eu-west', 'us-north']);
    expect(await suggestedByBash('check', 'eu-east', 'eu-')).toEqual(['eu-east', 'eu-west']);
    expect(await suggestedByBash('cluster', 'remove', 'us')).toEqual(['us-north']);
    // After the last colon, where bash begins a word.
    expect(await suggestedByBash('cluster', 'add', 'arn:aws:e')).toEqual([CONTEXT.replace('arn:aws:', '')]);
    expect(await suggestedByBash('-n', 'elsewhere', 'status', '')).toEqual([]);
  });

  it('never has the shell carry out the name of a context', async () => {
    expect(await suggestedByBash('--context', '')).not.toContainEqual(expect.stringContaining('touch'));
    expect(await readdir(folder)).not.toContain('evil');
  });

  it('suggests no name, and soon, where the hub does not answer', async () => {
    const file = join(folder, 'dead-end');
    const kubeconfig = await readFile(environment.KUBECONFIG, 'utf8');
    await writeFile(file, kubeconfig.replaceAll(fleet.hub.url, 'https://192.0.2.1:6443'), { mode: 0o600 });
    const startedAt = performance.now();

    expect(await suggestedByBash('--kubeconfig', file, 'status', '')).toEqual([]);

    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('can be read twice, and beside that of another program', async () => {
    const script = `readonly ShellCompDirectiveError=1; ${SHELLS.bash.start}; ${SHELLS.bash.start}`;

    expect(await run('bash', ['--norc', '--noprofile', '-c', script], { env: environment })).toEqual({
      stdout: '',
      stderr: '',
    });
  });

  it.each(Object.entries(SHELLS))('completes what is typed in %s', async (name, { options, start }) => {
    const command = `${shells[name as keyof Shells]} ${options}`;
    const terminal = new PseudoTerminal(command, environment, { columns: 160 });
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
    terminal.type(`mcce cluster rotate us${TAB}`);
    await shown('rotate us-north');
    terminal.type(`${CONTEXT.slice(0, 16)}${TAB}`);
    await shown(CONTEXT.slice(16));
    terminal.type('--duration\n');
    await shown("option '--duration <time>' argument missing");
    terminal.type(`mcce validate --filen${TAB}registry-${TAB}`);
    await shown('registry-of-mine.yaml');
    terminal.type(`-o ya${TAB}\n`);

    await shown('registry-of-mine.yaml holds no Secret');
    terminal.type('exit\n');
    await terminal.ended;
  });
});
