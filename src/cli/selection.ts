import { CommandFailedError } from './command-failed.error.ts';

/** Names that are spelled out. */
const NAMES_SHOWN = 3;

/** `east, north, west and 497 more`. */
export function named(names: readonly string[], shown = NAMES_SHOWN): string {
  const more = names.length - shown;
  return more > 0 ? `${names.slice(0, shown).join(', ')} and ${more} more` : names.join(', ');
}

/** Which clusters of many are meant. */
export interface Selection {
  /** Empty: all. */
  readonly names: readonly string[];
  /** Undefined: all. */
  readonly states?: readonly string[] | undefined;
}

/**
 * The items that are meant, failing first.
 *
 * @param stateOf name of an item's state
 * @param order the states, worst first
 * @throws CommandFailedError for a name that there is not
 */
export function select<Item extends { readonly name?: string }, State extends string>(
  items: readonly Item[],
  { names, states }: Selection,
  stateOf: (item: Item) => State,
  order: readonly State[],
): Item[] {
  const known = new Set(items.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new CommandFailedError(
      `The registry has no cluster ${unknown.join(', ')}; \`mcce cluster list\` shows those that it has.`,
    );
  return items
    .filter((item) => names.length === 0 || names.includes(item.name ?? ''))
    .filter((item) => !states || states.includes(stateOf(item)))
    .toSorted((a, b) => order.indexOf(stateOf(a)) - order.indexOf(stateOf(b)));
}

/** `500 clusters: 2 stale, 498 synced`, worst first. @param what one of them, and several */
export function counted<State extends string>(
  [one, several]: readonly [string, string],
  states: readonly State[],
  order: readonly State[],
): string {
  const parts = order
    .map((state) => ({ state, count: states.filter((other) => other === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  return `${states.length} ${states.length === 1 ? one : several}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
