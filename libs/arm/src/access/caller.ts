import { contains, type Scope } from '../ids.ts';
import { operations, type Operation } from './roles.ts';

/** A part of what there is, or all of it. */
export type Reach = 'everything' | Scope;

/** What somebody may do, and where. */
export interface Grant {
  readonly may: readonly Operation[];
  readonly scope: Reach;
}

const within = (outer: Reach, inner: Reach): boolean =>
  outer === 'everything' || (inner !== 'everything' && contains(outer, inner));

/** Control characters have no place in an audit trail, and neither has a text without end. */
const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '').slice(0, 256);

/** Who sent a request, and what he may do. */
export class Caller {
  readonly subject: string;
  /** Who vouches for him: an OIDC issuer, or Assay itself for its shared token. */
  readonly issuer: string;

  constructor(
    subject: string,
    issuer: string,
    private readonly grants: readonly Grant[],
  ) {
    [this.subject, this.issuer] = [plain(subject), plain(issuer)];
  }

  /** As the audit trail names him: a subject means something only together with its issuer. */
  get name(): string {
    return `${this.subject} (${this.issuer})`;
  }

  /** The scopes whose findings may be shown; none lies within another. */
  get readable(): 'everything' | readonly Scope[] {
    return this.scopesOf('findings/read');
  }

  /** Where an operation is allowed; no scope in the list lies within another. */
  scopesOf(operation: Operation): 'everything' | readonly Scope[] {
    const scopes: Scope[] = [];
    for (const { may, scope } of this.grants) {
      if (!may.includes(operation)) continue;
      if (scope === 'everything') return scope;
      scopes.push(scope);
    }
    return scopes.filter(
      (scope, at) =>
        !scopes.some((other, index) => index !== at && within(other, scope) && (index < at || !within(scope, other))),
    );
  }

  /** Whether an operation is allowed in the whole of a scope. */
  may(operation: Operation, where: Reach): boolean {
    return this.grants.some(({ may, scope }) => may.includes(operation) && within(scope, where));
  }

  /** Whether an operation is allowed in a scope or in some part of it. */
  maySomewhere(operation: Operation, where: Reach): boolean {
    return this.grants.some(
      ({ may, scope }) => may.includes(operation) && (within(scope, where) || within(where, scope)),
    );
  }

  /** Whether a scope is any business of his: to whom it is not, it does not exist. */
  knows(where: Reach): boolean {
    return operations.some((operation) => this.maySomewhere(operation, where));
  }
}

/** May do everything: who shows the shared token, and everybody where nobody is asked for one. */
export const almighty = (subject: string): Caller =>
  new Caller(subject, 'assay', [{ may: operations, scope: 'everything' }]);
