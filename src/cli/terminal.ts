import { createInterface } from 'node:readline/promises';
import { stripVTControlCharacters, styleText } from 'node:util';
import { CommandFailedError } from './command-failed.error.ts';

/** How a text is shown on stdout. */
export type Display = Pick<Terminal, 'tone' | 'columns'>;

/** A meaning that is shown by a colour, where there are colours. */
export type Tone = 'good' | 'warning' | 'bad' | 'faint';

const COLOURS = { good: 'green', warning: 'yellow', bad: 'red', faint: 'dim' } as const;

/**
 * Where a command reads and writes: data on stdout, all else on stderr. Colours only where a terminal shows them and
 * `NO_COLOR` does not forbid it.
 */
export class Terminal {
  private progressShown = false;
  private readerGone = false;

  constructor(
    readonly environment: NodeJS.ProcessEnv = process.env,
    private readonly stdout: NodeJS.WriteStream = process.stdout,
    private readonly stderr: NodeJS.WriteStream = process.stderr,
    private readonly stdin: NodeJS.ReadStream = process.stdin,
  ) {
    // Anyone who reads us may have seen enough, as `head` does. What was begun is still carried out.
    stdout.on('error', () => {
      this.readerGone = true;
    });
    stderr.on('error', () => undefined);
  }

  /** Whether nobody reads stdout any more. */
  get unread(): boolean {
    return this.readerGone;
  }

  /** Resolves when everything was taken by its reader. */
  async drain(): Promise<void> {
    const taken = (stream: NodeJS.WriteStream) =>
      new Promise<void>((resolve) => void stream.write('', () => resolve()));
    await Promise.all([taken(this.stdout), taken(this.stderr)]);
  }

  /** Whether a person looks at stdout, on a terminal whose cursor can be moved. */
  get interactive(): boolean {
    return this.stdout.isTTY && !this.isDumb;
  }

  private get isDumb(): boolean {
    return this.environment.TERM === 'dumb';
  }

  /** Whether a person can be asked. */
  get canAsk(): boolean {
    return this.stdin.isTTY && this.stderr.isTTY;
  }

  /** Characters that fit into a line of stdout; undefined where nobody counts. */
  get columns(): number | undefined {
    return this.stdout.isTTY ? widthOf(this.stdout) : undefined;
  }

  /** Data: one line or several. */
  print(text: string): void {
    if (!this.readerGone) this.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Anything that is not data. */
  note(text: string): void {
    this.clearProgress();
    this.stderr.write(`${text}\n`);
  }

  /** Warnings, a line each. */
  warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.note(`warning: ${warning}`);
  }

  /** What is being done, on one line that the next one replaces. Only where a person looks. */
  progress(text: string): void {
    if (!this.stderr.isTTY || this.isDumb) return;
    this.clearProgress();
    this.stderr.write(text.slice(0, (widthOf(this.stderr) ?? text.length + 1) - 1));
    this.progressShown = true;
  }

  clearProgress(): void {
    if (!this.progressShown) return;
    this.stderr.clearLine(0);
    this.stderr.cursorTo(0);
    this.progressShown = false;
  }

  /** Whether a text has room on the screen. */
  fits(text: string): boolean {
    return fitLines(text, this.stdout.rows || 24, this.columns ?? 80) === text;
  }

  /** Replaces all that stands on the screen. What the screen has no room for is left out at the end. */
  redraw(text: string): void {
    this.stdout.cursorTo(0, 0);
    this.stdout.clearScreenDown();
    this.print(fitLines(text, this.stdout.rows || 24, this.columns ?? 80));
  }

  /** The text for stdout, in the colour of its meaning. */
  tone(tone: Tone, text: string): string {
    return styleText(COLOURS[tone], text, { stream: this.stdout });
  }

  /**
   * Asks before something is lost, unless `--yes` was given.
   *
   * @throws CommandFailedError when it is not meant, or nobody can be asked
   */
  async confirm(question: string, yes = false): Promise<void> {
    if (yes) return;
    if (!this.canAsk)
      throw new CommandFailedError('Nobody can be asked whether this is meant; say so with --yes.');
    if (!(await this.ask(question))) throw new CommandFailedError('Nothing was changed.');
  }

  private async ask(question: string): Promise<boolean> {
    this.clearProgress();
    const asking = createInterface({ input: this.stdin, output: this.stderr });
    try {
      return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
    } catch {
      // Ctrl-C or Ctrl-D.
      this.note('');
      return false;
    } finally {
      asking.close();
    }
  }
}

/** The lines that fit above the one of the cursor, long ones counted as the terminal wraps them. */
function fitLines(text: string, rows: number, columns: number): string {
  const lines = text.split('\n');
  let taken = 0;
  const fitting = lines.findIndex((line) => {
    taken += Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
    return taken >= rows;
  });
  return fitting === -1 ? text : [...lines.slice(0, Math.max(0, fitting - 1)), '…'].join('\n');
}

/** A terminal without a window says 0. */
function widthOf({ columns }: NodeJS.WriteStream): number | undefined {
  return columns > 0 ? columns : undefined;
}
