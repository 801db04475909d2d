import type { Terminal, Tone } from '../terminal.ts';
import type { CheckReport, TargetReport } from './check-report.ts';
import type { Verdict } from './finding.ts';
import type { StepReport } from './step-runner.ts';
import { wrap } from './wrap.ts';

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

/** The report for people. What is good takes one line, unless `wide`. */
export function checkTable(report: CheckReport, terminal: Terminal, wide: boolean): string {
  const targets = [report.hub, ...report.clusters].map((target) => targetLines(target, terminal, wide));
  return [...targets.flat(), summary(report)].join('\n');
}

function targetLines(target: TargetReport, terminal: Terminal, wide: boolean): string[] {
  const { name, server, verdict, steps } = target;
  const title = name === undefined ? 'hub' : `cluster ${name}`;
  const heading = `${marked(verdict, terminal)} ${title}${server === undefined ? '' : `  ${server}`}`;
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
  const [first = '', ...rest] = wrap(message ?? '', columns - MESSAGE_INDENT.length);
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
  return [...wrap(sentence, columns - REMEDY_INDENT.length), ...commands].map((line) => REMEDY_INDENT + line);
}

function marked(verdict: Verdict, terminal: Terminal): string {
  const { mark, tone } = MARKS[verdict];
  return terminal.tone(tone, mark);
}

function summary({ hub, clusters }: CheckReport): string {
  const count = (wanted: Verdict) => clusters.filter(({ verdict }) => verdict === wanted).length;
  const [good, warned, failed] = [count('good'), count('warning'), count('failed')];
  const hubSays = { good: 'is good', warning: 'has warnings', failed: 'failed' }[hub.verdict];
  if (clusters.length === 0) return `The hub ${hubSays}; no cluster was checked.`;
  const counts = [`${good} good`, `${warned} with warnings`, `${failed} failed`];
  return `The hub ${hubSays}. Clusters: ${counts.join(', ')}.`;
}
