/** What came of a hub or a cluster as a whole, worst first. */
export const VERDICTS = ['failed', 'warning', 'good'] as const;

/** One of {@link VERDICTS}. */
export type TargetVerdict = (typeof VERDICTS)[number];
