import { contains, formatScope, type Scope } from '@assay/arm';
import { operations, type Operation } from './roles.ts';

/** A scope, or all of them. */
export type Reach = 'everything' | Scope;

/** Allowed operations in a scope. */
export interface Grant {
  /** Name of the role that allows them; absent if they belong to no role. */
  readonly role?: string;
  readonly may: readonly Operation[];
  readonly scope: Reach;
  /** The only cluster for which `running/write` holds; absent if it holds for all. */
  readonly cluster?: string;
}

const within = (outer: Reach, inner: Reach): boolean =>
  outer === 'everything' || (inner !== 'everything' && contains(outer, inner));

/** Control characters do not belong in an audit trail, nor do unbounded texts. */
const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '').slice(0, 256);

/** The sender of a request and its grants. */
export class Caller {
  readonly subject: string;
  /** The authority behind the subject: an OIDC issuer, or Assay itself for its shared token. */
  readonly issuer: string;

  constructor(
    subject: string,
    issuer: string,
    private readonly grants: readonly Grant[],
  ) {
    [this.subject, this.issuer] = [plain(subject), plain(issuer)];
  }

  /** Name in the audit trail: a subject is unique only together with its issuer. */
  get name(): string {
    return `${this.subject} (${this.issuer})`;
  }

  /** Every role with the scope that it was given in; `/` for everything. */
  get roles(): readonly { readonly role: string; readonly scope: string }[] {
    return this.grants.flatMap(({ role, scope }) =>
      role === undefined ? [] : [{ role, scope: scope === 'everything' ? '/' : formatScope(scope) }],
    );
  }

  /** The operations that are allowed in some scope. */
  get operations(): readonly Operation[] {
    return operations.filter((operation) => this.maySomewhere(operation, 'everything'));
  }

  /** The operations that are allowed in every scope. */
  get everywhere(): readonly Operation[] {
    return operations.filter((operation) => this.may(operation, 'everything'));
  }

  /** The scopes whose findings may be shown; none lies within another. */
  get readable(): 'everything' | readonly Scope[] {
    return this.scopesOf('findings/read');
  }

  /** The scopes in which an operation is allowed; none lies within another. */
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

  /** True if an operation is allowed in the whole of a scope. */
  may(operation: Operation, where: Reach): boolean {
    return this.grants.some(({ may, scope }) => may.includes(operation) && within(scope, where));
  }

  /** True if the caller may report what runs in the cluster. */
  mayReport(cluster: string): boolean {
    return this.grants.some(
      ({ may, scope, cluster: only = cluster }) =>
        may.includes('running/write') && scope === 'everything' && only === cluster,
    );
  }

  /** True if an operation is allowed in a scope or in some part of it. */
  maySomewhere(operation: Operation, where: Reach): boolean {
    return this.grants.some(
      ({ may, scope }) => may.includes(operation) && (within(scope, where) || within(where, scope)),
    );
  }

  /**
   * True if the caller has any role in the scope. Otherwise the API answers 404, so as not to reveal that it exists.
   */
  knows(where: Reach): boolean {
    return operations.some((operation) => this.maySomewhere(operation, where));
  }
}

/**
 * Allows every operation, as the role `Operator`, which no token of an issuer can have: for a client with the shared
 * token, and for every client if authentication is off.
 */
export const superuser = (subject: string): Caller =>
  new Caller(subject, 'assay', [{ role: 'Operator', may: operations, scope: 'everything' }]);
