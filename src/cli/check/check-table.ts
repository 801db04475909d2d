import type { Terminal, Tone } from '../terminal.ts';
import { counted, named } from '../selection.ts';
import type { CheckReport, TargetReport } from './check-report.ts';
import type { Verdict } from './finding.ts';
import type { StepReport } from './step-runner.ts';
import { VERDICTS } from './verdicts.ts';

const MARKS: Record<Verdict, { mark: string; tone: Tone }> = {
  good: { mark: '✓', tone: 'good' },
  warning: { mark: '!', tone: 'warning' },
  failed: { mark: '✗', tone: 'bad' },
  skipped: { mark: '-', tone: 'faint' },
};
/** As long as the longest name of a step. */
const STEP_WIDTH = 'authentication'.length;
const MESSAGE_INDENT = ' '.repeat(4 + STEP_WIDTH + 2);
const REMEDY_INDENT = ' '.repeat(6);
/** Where nobody counts. */
const USUAL_COLUMNS = 80;

/** From this many on, clusters with the same findings are reported together. */
const ALIKE = 4;

/** The report for people. What is good takes one line, and what many share is said once, unless `wide`. */
export function checkTable(report: CheckReport, terminal: Terminal, wide: boolean): string {
  const groups = wide
    ? report.clusters.map((cluster) => [cluster])
    : [...Map.groupBy(report.clusters, findingsOf).values()].flatMap((alike) =>
        alike.length < ALIKE ? alike.map((cluster) => [cluster]) : [alike],
      );
  return [
    summary(report),
    ...targetLines(report.hub, `hub${serverOf(report.hub)}`, terminal, wide),
    ...groups.flatMap((group) => groupLines(group, terminal, wide)),
  ].join('\n');
}

/** The same text for the same findings. */
function findingsOf(target: TargetReport): string {
  return `${target.verdict}${JSON.stringify(target.verdict === 'good' ? '' : withoutName(target).steps)}`;
}

function groupLines(group: readonly TargetReport[], terminal: Terminal, wide: boolean): string[] {
  const [first] = group;
  if (!first) return [];
  if (group.length === 1)
    return targetLines(first, `cluster ${first.name}${serverOf(first)}`, terminal, wide);
  const names = named(group.map(({ name }) => name ?? ''));
  return targetLines(withoutName(first), `${group.length} clusters: ${names}`, terminal, wide);
}

/** Remedies are commands that name the cluster; what is good does not count. */
function withoutName(target: TargetReport): TargetReport {
  const steps = target.steps
    .filter(({ verdict }) => verdict !== 'good')
    .map(({ remedy, ...step }) => ({
      ...step,
      ...(remedy !== undefined && { remedy: remedy.replace(`rotate ${target.name}`, 'rotate NAME') }),
    }));
  return { ...target, steps };
}

function serverOf({ server }: TargetReport): string {
  return server === undefined ? '' : `  ${server}`;
}

function targetLines(target: TargetReport, title: string, terminal: Terminal, wide: boolean): string[] {
  const { verdict, steps } = target;
  const heading = `${marked(verdict, terminal)} ${title}`;
  if (verdict === 'good' && !wide) return [heading];
  const columns = terminal.columns ?? USUAL_COLUMNS;
  return [heading, ...triedSteps(steps).flatMap((step) => stepLines(step, terminal, columns))];
}

/** What a failure kept from being tried becomes one line. */
function triedSteps(steps: readonly StepReport[]): StepReport[] {
  const untried = steps.filter(isUntried).map(({ step }) => step);
  const tried = steps.filter((step) => !isUntried(step));
  return untried.length === 0
    ? tried
    : [...tried, { step: 'not tried', verdict: 'skipped', message: untried.join(', ') }];
}

function isUntried({ verdict, message }: StepReport): boolean {
  return verdict === 'skipped' && message === undefined;
}

function stepLines({ step, verdict, message, remedy }: StepReport, terminal: Terminal, columns: number) {
  const [first = '', ...rest] = wrap(message ?? '', Math.max(20, columns - MESSAGE_INDENT.length));
  const name = verdict === 'skipped' ? terminal.tone('faint', step) : step;
  const padding = ' '.repeat(Math.max(0, STEP_WIDTH - step.length) + 2);
  return [
    `  ${marked(verdict, terminal)} ${name}${first && padding + first}`,
    ...rest.map((line) => MESSAGE_INDENT + line),
    ...(remedy === undefined ? [] : remedyLines(remedy, columns)),
  ];
}

/** Commands stand below the sentence that introduces them, and are never broken: they are there to be copied. */
function remedyLines(remedy: string, columns: number): string[] {
  const [sentence = '', ...commands] = remedy.split('\n');
  return [...wrap(sentence, Math.max(20, columns - REMEDY_INDENT.length)), ...commands].map(
    (line) => REMEDY_INDENT + line,
  );
}

function marked(verdict: Verdict, terminal: Terminal): string {
  const { mark, tone } = MARKS[verdict];
  return terminal.tone(tone, mark);
}

function summary({ hub, clusters }: CheckReport): string {
  const hubSays = { good: 'is good', warning: 'has warnings', failed: 'failed' }[hub.verdict];
  if (clusters.length === 0) return `The hub ${hubSays}; no cluster was checked.`;
  const verdicts = clusters.map(({ verdict }) => verdict);
  return `The hub ${hubSays}. ${counted(['cluster', 'clusters'], verdicts, VERDICTS)}`;
}

/** Breaks a text at its spaces into lines that fit. A word that is longer than a line stands on one of its own. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
