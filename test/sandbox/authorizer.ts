/** What a user may do (rbac.authorization.k8s.io/v1, PolicyRule, for one resource). */
export interface Rule {
  verbs: readonly string[];
  /** Plural of the resource. */
  resource: string;
  /** Undefined: every name, and requests without one. */
  names?: readonly string[];
}

/** A request as authorization sees it. */
export interface Attributes {
  verb: string;
  resource: string;
  /** From the URL, or from a field selector on `metadata.name`. Undefined in a POST. */
  name: string | undefined;
}

const EVERYTHING = 'everything';

/** Knows bearer tokens and what their users may do. */
export class Authorizer {
  private readonly users = new Map<string, readonly Rule[] | typeof EVERYTHING>();

  /** Lets a token do everything. */
  addAdmin(token: string): void {
    this.users.set(token, EVERYTHING);
  }

  /** Lets a token do what the rules say. Replaces what it could do before. */
  addUser(token: string, rules: readonly Rule[]): void {
    this.users.set(token, rules);
  }

  /** A request with this token is `Unauthorized` from now on. */
  revoke(token: string): void {
    this.users.delete(token);
  }

  /** Whether the token is known. */
  knows(token: string): boolean {
    return this.users.has(token);
  }

  allows(token: string, { verb, resource, name }: Attributes): boolean {
    const rules = this.users.get(token) ?? [];
    if (rules === EVERYTHING) return true;
    return rules.some(
      (rule) =>
        rule.verbs.includes(verb) &&
        rule.resource === resource &&
        (rule.names === undefined || (name !== undefined && rule.names.includes(name))),
    );
  }
}
