/** What is wrong and what to do about it, a sentence each. Both are safe to print. */
export interface Explanation {
  readonly message: string;
  /** Undefined: there is nothing to do, or nothing is known. */
  readonly remedy?: string | undefined;
}

/** Both sentences as one text. */
export function explain({ message, remedy }: Explanation): string {
  return remedy === undefined ? message : `${message} ${remedy}`;
}
