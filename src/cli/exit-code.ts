/** How `mcce` ends: the same in every command. docs/cli.md has this table. */
export const EXIT = {
  /** It is done, possibly with warnings. */
  good: 0,
  /** There is an answer, and it is "not well". */
  degraded: 1,
  /** It failed, or was called wrongly. */
  failed: 2,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The commands that answer a question, and what "not well" means there. All others end with 0 or 2. */
export const NOT_WELL = {
  status: 'a problem of severity error; with `--wait`, still when the time is up',
  check: 'a step fails, or an entry is refused',
  diff: 'a sync would write something',
  validate: 'an entry would be refused',
  'cluster list': 'an entry is refused',
} as const;
