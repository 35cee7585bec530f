import type { AnyEvent, AssayEvent } from '@assay/events';
import type { Cell, Query } from './duckdb.ts';
import { registryKeyOf } from './image-row.ts';
import type { Table } from './schema.ts';
import type { WritingConnection } from './writing-connection.ts';

/** An event that a service set aside; it halts its key until somebody acts. */
export interface ParkedEvent {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly digest: string | undefined;
  readonly id: string | undefined;
  readonly why: string;
  readonly since: string;
}

type Rows = Map<string, readonly Cell[] | undefined>;

/** What config events of a batch change, the last word on each key. A key without a row is taken away. */
export class ConfigChanges {
  readonly registries: Rows = new Map();
  readonly plans: Rows = new Map();
  readonly rules: Rows = new Map();
  readonly advisories: Rows = new Map();
  readonly parked = new Map<string, ParkedEvent | undefined>();

  /** Takes a config event in; false when it is none. */
  take(any: AnyEvent): boolean {
    const event = any as AssayEvent;
    switch (event.topic) {
      case 'registry.observed': {
        const { registryId, subscriptionId, removed } = event.data;
        const key = registryKeyOf(registryId);
        this.registries.set(key, [key, registryId, subscriptionId.toLowerCase(), removed, JSON.stringify(event.data)]);
        return true;
      }
      case 'plan.changed': {
        const { subscriptionId, plan, tier, mode } = event.data;
        this.plans.set(`${subscriptionId.toLowerCase()}/${plan}`, [subscriptionId.toLowerCase(), plan, tier, mode, JSON.stringify(event.data)]);
        return true;
      }
      case 'rule.changed':
        this.rules.set(event.data.ruleId, [event.data.ruleId, event.data.scope, event.data.removed, JSON.stringify(event.data)]);
        return true;
      case 'advisories.updated':
        this.advisories.set(event.data.scanner, [event.data.scanner, JSON.stringify(event.data)]);
        return true;
      case 'operator.acted':
        this.#acted(event);
        return true;
      default: return false;
    }
  }

  #acted({ data, time }: AssayEvent<'operator.acted'>): void {
    if (data.command === 'redrive' || data.command === 'drop') this.parked.set(data.target, undefined);
    if (data.command !== 'park') return;
    const [service = '', topic = ''] = data.target.split('/');
    const details = (data.details ?? {}) as { key?: unknown; id?: unknown };
    this.parked.set(data.target, { target: data.target, service, topic, why: data.why, since: time,
      digest: typeof details.key === 'string' ? details.key : undefined, id: typeof details.id === 'string' ? details.id : undefined });
  }

  async write(connection: WritingConnection): Promise<void> {
    await replaced(connection, 'registries', 'registry_key', this.registries);
    await replaced(connection, 'plans', "subscription_id || '/' || plan", this.plans);
    await replaced(connection, 'rules', 'rule_id', this.rules);
    await replaced(connection, 'advisories', 'scanner', this.advisories);
    await replaced(connection, 'parked', 'target', new Map([...this.parked].map(([target, row]) =>
      [target, row && [row.target, row.service, row.topic, row.digest, row.id, row.why, row.since]])));
  }
}

const replaced = async (connection: WritingConnection, table: Table, key: string, rows: Rows): Promise<void> => {
  if (rows.size === 0) return;
  await connection.run(`delete from ${table} where ${key} in (select unnest(from_json($keys, '["varchar"]')))`, { keys: JSON.stringify([...rows.keys()]) });
  await connection.append(table, [...rows.values()].filter((row) => row !== undefined));
};

/** The services whose parked events keep a status from coming; what is parked behind them changes no status. */
const halting: readonly string[] = ['ingestion', 'eligibility', 'sandbox-runner', 'classifier', 'view'];

/** Parked events as the view remembers them, for the status of a digest. */
export class ParkedEvents {
  readonly #byTarget = new Map<string, ParkedEvent>();

  static async stored(query: Query): Promise<ParkedEvents> {
    const all = new ParkedEvents();
    for (const { digest, id, ...row } of await query<Record<keyof ParkedEvent, string | null>>('select * from parked')) {
      const { target, service, topic, why, since } = row as Record<string, string>;
      all.#byTarget.set(target!, { target: target!, service: service!, topic: topic!, why: why!, since: since!, digest: digest ?? undefined, id: id ?? undefined });
    }
    return all;
  }

  take(changes: ReadonlyMap<string, ParkedEvent | undefined>): void {
    for (const [target, event] of changes) {
      if (event) this.#byTarget.set(target, event);
      else this.#byTarget.delete(target);
    }
  }

  halts(digest: string): boolean {
    return [...this.#byTarget.values()].some((event) => event.digest === digest && halting.includes(event.service));
  }

  all(): readonly ParkedEvent[] {
    return [...this.#byTarget.values()];
  }
}
