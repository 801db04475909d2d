import { type EventFields, NOTE_LIMIT } from '../../kube/objects/event-client.ts';
import type { Condition } from './conditions.ts';
import { type EventReason, kindOf } from './event-reasons.ts';

/** What was reported about a subject, or that there was nothing to report. */
export interface Telling {
  readonly state: EventReason | 'good';
  readonly detail?: string | undefined;
}

/** What of every subject was last told. */
export type Told = ReadonlyMap<string, Telling>;

/** An Event to be written, and what will be told once it is. */
export interface Transition {
  readonly on: 'registry' | 'aggregate';
  readonly event: EventFields;
  readonly tells: readonly Condition[];
}

/** One Event for each reason under which something changed since it was last told. What changed back meanwhile did not change. */
export function transitions(told: Told, conditions: readonly Condition[]): Transition[] {
  const byReason = new Map<EventReason, Condition[]>();
  for (const condition of conditions) {
    const reason = reasonToTell(told.get(condition.subject), condition);
    if (reason) byReason.set(reason, [...(byReason.get(reason) ?? []), condition]);
  }
  return [...byReason].map(([reason, tells]) => {
    const { on, type, action } = kindOf(reason);
    return { on, event: { type, reason, action, note: noteOf(reason, tells) }, tells };
  });
}

/** What is told after these transitions; what is gone is forgotten. */
export function toldAfter(
  told: Told,
  conditions: readonly Condition[],
  untold: ReadonlySet<Condition>,
): Map<string, Telling> {
  const after = new Map<string, Telling>();
  for (const condition of conditions) {
    const { subject, state, detail } = condition;
    const before = told.get(subject);
    if (state !== 'unsettled' && !untold.has(condition)) after.set(subject, { state, detail });
    else if (before) after.set(subject, before);
  }
  return after;
}

function reasonToTell(before: Telling | undefined, { state, detail }: Condition): EventReason | undefined {
  if (state === 'unsettled' || (state === before?.state && detail === before.detail)) return undefined;
  if (state !== 'good') return state;
  return before === undefined || before.state === 'good' ? undefined : kindOf(before.state).end;
}

function noteOf(reason: EventReason, conditions: readonly Condition[]): string {
  const [first] = conditions;
  const { several } = kindOf(reason);
  if (conditions.length === 1 || !several) return shortened(first?.text ?? '');
  const briefs = conditions.map(({ brief }) => brief);
  let note = `${several(conditions.length)}: ${briefs[0]}`;
  for (const [index, brief] of briefs.entries()) {
    if (index === 0) continue;
    const longer = `${note}, ${brief}`;
    if (Buffer.byteLength(longer + ending(briefs.length - index - 1)) > NOTE_LIMIT)
      return note + ending(briefs.length - index);
    note = longer;
  }
  return `${note}.`;
}

function ending(left: number): string {
  return left === 0 ? '.' : ` and ${left} more.`;
}

function shortened(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= NOTE_LIMIT) return note;
  // As a stream: a character that is cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, NOTE_LIMIT), { stream: true });
}
