import { isOf, type AnyEvent, type AssayEvent, type ConfigEvent } from '@assay/events';
import type { Caller, Operation } from '@assay/http';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Cell, RunQuery } from '../store/duckdb.ts';
import { readableBy } from '../store/readable.ts';

/** Kinds of acts. */
export const auditKinds = [
  'rule',
  'plan',
  'parked',
  'halted',
  'recall',
  'database',
  'sweep',
  'assessment',
  'charge',
  'period',
  'export',
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** An entry of the audit trail. */
export interface AuditEntry {
  /** Of the event. */
  readonly id: string;
  readonly at: string;
  readonly what: AuditKind;
  readonly did: string;
  readonly who: string;
  readonly about: string;
  /** ARM id. Absent for what concerns the whole suite. */
  readonly scope?: string;
  /** In free text. */
  readonly why?: string;
  /** The last outcome that a service reported of an order; otherwise what was set. */
  readonly effect?: string;
}

type Act = Omit<AuditEntry, 'id' | 'at'>;

/** The permission to read about each kind, in the scope of the entry. */
const readers: Readonly<Record<AuditKind, Operation>> = {
  rule: 'rules/read',
  plan: 'plans/read',
  parked: 'parked/read',
  halted: 'parked/read',
  recall: 'scanners/read',
  database: 'scanners/read',
  sweep: 'sweeps/read',
  assessment: 'findings/read',
  charge: 'charges/read',
  period: 'charges/read',
  export: 'charges/read',
};

const kindOfCommand: Readonly<Record<string, AuditKind>> = {
  redrive: 'parked',
  drop: 'parked',
  resume: 'halted',
  recall: 'recall',
  release: 'database',
  refuse: 'database',
  sweep: 'sweep',
};

const mostCharacters = 300;
const shortened = (text: string): string =>
  text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;

const ruleText = ({ criteria, expiresAt, removed }: AssayEvent<'rule.changed'>['data']): string =>
  removed
    ? 'findings count again'
    : shortened(
        [
          ...Object.entries(criteria).map(
            ([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`,
          ),
          ...(expiresAt === undefined ? [] : [`until ${expiresAt}`]),
        ].join('; '),
      );

/** The size of an export, and its form, from its record. */
const exportText = (record: unknown): string => {
  const { format, profile, charges, total } = (record ?? {}) as Readonly<Record<string, unknown>>;
  return shortened(`${String(format)}, ${String(profile)}: ${String(charges)} charges, ${String(total)}`);
};

/** The act of a person that a config event records. Nothing for the report of a service. */
const actOf = (event: ConfigEvent): Act | undefined => {
  switch (event.topic) {
    case 'rule.changed': {
      const { ruleId, scope, by, reason, removed } = event.data;
      const did = removed ? 'remove' : 'set';
      return { what: 'rule', did, who: by, about: ruleId, scope, why: reason, effect: ruleText(event.data) };
    }
    case 'plan.changed': {
      const { plan, subscriptionId, tier, mode, by, why } = event.data;
      const scope = `/subscriptions/${subscriptionId}`;
      const effect = `${tier}, mode ${mode}`;
      return { what: 'plan', did: 'switch', who: by, about: plan, scope, effect, ...(why ? { why } : {}) };
    }
    case 'operator.acted': {
      const { command, target, by, why, outcome, details } = event.data;
      // Exports of before `export.recorded`.
      if (command === 'export')
        return {
          what: 'export',
          did: 'export',
          who: by,
          about: target.replace(/^charges\//, ''),
          why,
          effect: exportText(details),
        };
      const what = kindOfCommand[command];
      if (what === undefined || outcome !== 'ordered') return undefined;
      const did = what === 'sweep' ? 'confirm' : command;
      return { what, did, who: by, about: target, why };
    }
    case 'registry.observed': {
      const { registryId, loginServer, removedImages, by, why } = event.data;
      return removedImages === undefined || why === undefined
        ? undefined
        : { what: 'sweep', did: removedImages, who: by, about: loginServer, scope: registryId, why };
    }
    case 'assessment.written': {
      const { displayName, resourceId, code, by, why, removed } = event.data;
      const did = removed ? 'remove' : 'write';
      const act = { did, who: by, about: displayName, scope: resourceId, effect: removed ? 'removed' : code };
      return { what: 'assessment', ...act, ...(why ? { why } : {}) };
    }
    case 'charge.corrected': {
      const { chargeId, subscriptionId, amount, by, why } = event.data;
      const scope = `/subscriptions/${subscriptionId}`;
      return { what: 'charge', did: 'correct', who: by, about: chargeId, scope, why, effect: amount };
    }
    case 'period.changed': {
      const { period, state, by, why } = event.data;
      return state === 'closing' ? { what: 'period', did: 'close', who: by, about: period, why } : undefined;
    }
    case 'export.recorded': {
      const { period = 'all', by, why } = event.data;
      return { what: 'export', did: 'export', who: by, about: period, why, effect: exportText(event.data) };
    }
    default:
      return undefined;
  }
};

/** The order that a service reports of, and the outcome. */
const outcomeOf = (event: AnyEvent): readonly [order: string, outcome: string, about: string] | undefined => {
  if (isOf(event, 'operator.acted') && event.causationid !== undefined && event.data.outcome !== 'ordered')
    return [event.causationid, event.data.outcome, event.data.target];
  return isOf(event, 'period.changed') && event.data.state === 'closed'
    ? [event.data.period, 'closed', event.data.period]
    : undefined;
};

/** Compared like the keys of registries, with a slash at the end. */
const keyOf = (scope: string | undefined): string => `${(scope ?? '').toLowerCase().replace(/\/+$/, '')}/`;

/**
 * The key of a row of `audit` in SQL. Clients choose the ids of their orders, so an id may name another's entry: no
 * later order has its time. Billing makes the ids of exports, and the first record of one counts.
 */
export const auditKey = "case what when 'export' then id else concat_ws('|', time, id, who, about) end";

/** The same key of a row, as text. */
export const auditKeyOf = ([id, time, what, , who, about]: readonly Cell[]): string =>
  (what === 'export' ? [id] : [time, id, who, about]).filter((part) => typeof part === 'string').join('|');

/** A config event as a row of `audit`, if it is about what a person did. An outcome names its order. */
export const auditRow = (event: ConfigEvent): readonly [id: string, ...Cell[]] | undefined => {
  const act = actOf(event);
  if (act) {
    const { what, did, who, about, scope, why, effect } = act;
    // The closing of a month is named by the month, since its outcome has no cause.
    const order = what === 'period' ? about : event.id;
    return [event.id, event.time, what, did, who, about, scope, keyOf(scope), why, effect, order];
  }
  const outcome = outcomeOf(event);
  if (!outcome) return undefined;
  const [order, effect, about] = outcome;
  return [event.id, event.time, 'outcome', null, null, about, null, null, null, effect, order];
};

interface Row {
  id: string;
  at: string;
  what: AuditKind;
  did: string;
  who: string;
  about: string;
  scope: string | null;
  why: string | null;
  effect: string | null;
}

export interface AuditFilter {
  /** From the first instant on, and before the second one. ISO 8601 in UTC. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly kinds?: readonly AuditKind[] | undefined;
  /** The last entry of the page before. */
  readonly after?: readonly [at: string, id: string] | undefined;
}

/**
 * The entries that a caller may read, newest first.
 *
 * @param size number of entries at most
 */
export const auditPage = async (
  query: RunQuery,
  caller: Caller,
  { from, to, kinds = auditKinds, after }: AuditFilter,
  size: number,
): Promise<readonly AuditEntry[]> => {
  const values: Record<string, DuckDBValue> = {};
  const named = (value: string): string => {
    const name = `v${Object.keys(values).length}`;
    values[name] = value;
    return `$${name}`;
  };
  const allowed = kinds.flatMap((kind) =>
    readableBy(caller, readers[kind]).map(
      (prefix) => `(a.what = '${kind}' and starts_with(a.scope_key, ${named(prefix)}))`,
    ),
  );
  if (allowed.length === 0) return [];
  const conditions = [
    `(${allowed.join(' or ')})`,
    ...(from === undefined ? [] : [`a.time >= ${named(from)}`]),
    ...(to === undefined ? [] : [`a.time < ${named(to)}`]),
    ...(after ? [`(a.time, a.id) < (${named(after[0])}, ${named(after[1])})`] : []),
  ];
  const rows = await query<Row>(
    `select a.id, a.time as "at", a.what, a.did, a.who, a.about, a.scope, a.why, coalesce((
      select arg_max(o.effect, o.time) from audit o
      where o.what = 'outcome' and o.named = a.named and coalesce(o.about, a.about) = a.about
    ), a.effect) as effect
    from audit a
    where ${conditions.join(' and ')} order by a.time desc, a.id desc limit ${size}`,
    values,
  );
  return rows.map(({ scope, why, effect, ...entry }) => ({
    ...entry,
    ...(scope === null ? {} : { scope }),
    ...(why ? { why } : {}),
    ...(effect ? { effect } : {}),
  }));
};
