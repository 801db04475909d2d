import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchRig } from '../bench/bench-rig.ts';
import { kubeconfigFor } from '../support/exporter-process.ts';
import { eventually } from '../support/eventually.ts';
import { MCCE } from '../support/mcce.ts';
import { PseudoTerminal } from '../support/pseudo-terminal.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const CLUSTERS = 500;
/** Not those that come first by name. */
const DOWN = [301, 450, 77];
const SCREEN = { rows: 40, columns: 100 };

describe(`mcce on a terminal, with ${CLUSTERS} clusters of which three do not answer`, () => {
  let rig: BenchRig;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-large-'));
    rig = await BenchRig.start(CLUSTERS, {
      roundTripMs: 0,
      random: new SeededRandom('terminal'),
      minutes: 1,
    });
    const exporter = await rig.startSynced();
    url = `http://127.0.0.1:${exporter.port}`;
    rig.hub.authorizer.addAdmin('operator');
    const access = { server: rig.hub.url, ca: rig.hub.authority.cert, token: 'operator' };
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfigFor(access)));
    await rig.farm.ask({ kind: 'black-hole', clusters: DOWN });
    await eventually(async () => expect((await exporter.status()).counts.stale).toBe(DOWN.length), {
      timeoutMs: 60_000,
    });
  });

  afterAll(async () => {
    await rig?.stop();
    await rm(folder, { recursive: true });
  });

  const start = (args: string, environment: Record<string, string> = {}, screen = SCREEN) =>
    new PseudoTerminal(
      `'${process.execPath}' '${MCCE}' ${args}`,
      { HOME: folder, KUBECONFIG: join(folder, 'kubeconfig'), ...environment },
      screen,
    );
  /** Lines without colours; progress is overwritten. */
  const linesOf = ({ output }: PseudoTerminal) =>
    stripVTControlCharacters(output.replaceAll('\r\n', '\n')).split('\n');
  /** What is seen before anybody scrolls. */
  const firstScreen = (terminal: PseudoTerminal) => linesOf(terminal).slice(0, SCREEN.rows - 1);
  const downNames = DOWN.map((index) => `c${index}`);

  it('shows counts and what fails on the first screen of status', async () => {
    const terminal = start(`status --url ${url}`);
    expect(await terminal.ended).toBe(1);

    const screen = firstScreen(terminal);
    expect(screen[0]).toBe('500 clusters: 3 stale, 497 synced');
    const rows = screen.filter((line) => /^c\d+ +stale +timeout/.test(line));
    expect(rows.map((line) => line.split(' ')[0])).toEqual(downNames);
    expect(linesOf(terminal).every((line) => line.length <= SCREEN.columns * 4)).toBe(true);
  });

  it('shows counts and what fails on the first screen of check', async () => {
    const terminal = start('check', { MCCE_READ_TIMEOUT: '15s' });
    expect(await terminal.ended).toBe(1);

    // Below what was told while it went on.
    const all = linesOf(terminal);
    const top = all.findIndex((line) => line.includes('500 clusters: 3 failed, '));
    expect(top).toBeGreaterThanOrEqual(0);
    const screen = all.slice(top, top + SCREEN.rows - 1).join('\n');
    for (const name of downNames) expect(screen).toContain(`✗ cluster ${name} `);
  });

  it('keeps to its screen while it is watched, and tells what has changed', async () => {
    const watching = start(`status --watch --url ${url}`);
    await eventually(() => expect(watching.output).toContain('Nothing has changed so far.'));

    await rig.farm.ask({ kind: 'black-hole', clusters: [...DOWN, 9] });

    await eventually(() => expect(watching.output).toMatch(/c9 stale timeout/), { timeoutMs: 60_000 });
    const screens = watching.output.split('\u001b[1;1H');
    for (const screen of screens.slice(1)) expect(screen.split('\n').length).toBeLessThanOrEqual(SCREEN.rows);
    watching.type('\u0003');
    expect(await watching.ended).toBe(0);
    await rig.farm.ask({ kind: 'black-hole', clusters: DOWN });
  });

  it('draws on no dumb terminal', async () => {
    const watching = start(`status --watch --url ${url}`, { TERM: 'dumb' });
    await eventually(() => expect(watching.output).toMatch(/c450 stale timeout/));
    expect(watching.output).toBe(stripVTControlCharacters(watching.output));
    watching.type('\u0003');
    expect(await watching.ended).toBe(0);

    const checking = start('check c1', { TERM: 'dumb', NO_COLOR: '1' });
    expect(await checking.ended).toBe(0);
    expect(checking.output).toBe(stripVTControlCharacters(checking.output));
    expect(checking.output).not.toContain('checking');
  });

  it('fits a screen that is narrow and low', async () => {
    const watching = start(`status --watch --url ${url}`, {}, { rows: 8, columns: 40 });
    await eventually(() => expect(watching.output.split('\u001b[1;1H').length).toBeGreaterThan(2));
    watching.type('\u0003');
    expect(await watching.ended).toBe(0);

    const screens = watching.output.split('\u001b[1;1H').slice(1, -1).map(stripVTControlCharacters);
    for (const screen of screens) {
      const taken = screen
        .replaceAll('\r', '')
        .split('\n')
        .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 40)), 0);
      expect(taken).toBeLessThanOrEqual(8);
      expect(screen).toContain('500 clusters');
    }
  });
});
