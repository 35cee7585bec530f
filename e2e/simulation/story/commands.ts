import {
  databaseRecallOf,
  recallOf,
  targetOf,
  typeOf,
  type AnyEvent,
  type App,
  type RegistryObserved,
  type Topic,
} from '@assay/events';
import type { Parked, Standstill } from '@assay/event-sourcing';
import { partitionOf, recordOf } from '@assay/messaging';
import type { SimulatedRecords } from '../log/records.ts';
import { databaseOf } from '../outside/databases.ts';
import type { ImageRegistry } from '../outside/registry.ts';
import { firstBuild, scannerOf } from '../outside/scanners.ts';

/** The source of records that are no events. */
export const poison = '/poison';

/** Begins the ids of commands. */
export const commandId = 'command-';

/** Commands of operators: each is in the log before it is answered, and may be given twice. */
export class Commands {
  /** When rules expire, in ms since the epoch. */
  readonly expiries: number[] = [];
  #given = 0;

  constructor(
    private readonly records: SimulatedRecords,
    private readonly now: () => number,
  ) {}

  observe(
    { registryId, loginServer, subscriptionId }: ImageRegistry,
    removed = false,
    given: Partial<RegistryObserved> = {},
  ): void {
    this.observed({
      registryId,
      loginServer,
      subscriptionId,
      subscriptionName: 'S',
      location: 'here',
      sku: 'Standard',
      cloud: 'AzureCloud',
      networkAccess: 'public',
      plainHttp: true,
      allowAddresses: [],
      tags: {},
      removed,
      by: 'operator',
      ...given,
    });
  }

  observed(data: RegistryObserved): void {
    this.#append('ingestion', 'registry.observed', data.registryId.toLowerCase(), data);
  }

  plan(subscriptionId: string, tier: 'Standard' | 'Free'): void {
    this.#append('eligibility', 'plan.changed', subscriptionId, {
      subscriptionId,
      plan: 'ContainerRegistry',
      tier,
      mode: 'classic',
      from: this.#time(),
      by: 'operator',
    });
  }

  /** A rule about two vulnerabilities, in every registry of a subscription, for ever or for `forMs` milliseconds. */
  rule(subscriptionId: string, { removed = false, forMs }: { removed?: boolean; forMs?: number }): void {
    const scope = `/subscriptions/${subscriptionId}`;
    if (forMs !== undefined) this.expiries.push(this.now() + forMs);
    const expiresAt = forMs === undefined ? {} : { expiresAt: new Date(this.now() + forMs).toISOString() };
    this.#append('recommendation', 'rule.changed', scope, {
      ruleId: 'accepted',
      scope,
      criteria: { vulnerabilities: ['CVE-2026-1', 'CVE-2026-2'] },
      reason: 'accepted',
      by: 'operator',
      removed,
      ...expiresAt,
    });
  }

  /** Orders to redrive or drop a parked event. */
  order(app: App, { topic, partition, offset, key }: Parked, command: 'redrive' | 'drop'): void {
    const target = targetOf({ app, topic, partition, offset });
    this.#append('recommendation', 'operator.acted', target, {
      command,
      target,
      by: 'operator',
      why: 'ordered',
      outcome: 'ordered',
      details: { key, topic },
    });
  }

  /** Orders a partition that stands still to resume with the log as it is. */
  resume(app: App, partition: number, { topic, offset, id }: Standstill): void {
    const target = targetOf({ app, topic, partition, offset });
    this.#append(
      'recommendation',
      'operator.acted',
      target,
      { command: 'resume', target, by: 'operator', why: 'ordered', outcome: 'ordered' },
      id,
    );
  }

  /** Recalls a build of the scanner: its results do not count any more. */
  recall(build: number): void {
    this.#recall(recallOf(scannerOf(build).digest));
  }

  /** Recalls a database: what was assessed by it does not count any more. */
  recallDatabase(database: number): void {
    this.#recall(databaseRecallOf(databaseOf(database).digest));
  }

  /** Orders to release or to refuse a held database. */
  decide(database: number, command: 'release' | 'refuse'): void {
    const target = databaseRecallOf(databaseOf(database).digest);
    this.#append('ingestion', 'operator.acted', target, {
      command,
      target,
      by: 'operator',
      why: 'looked at it',
      outcome: 'ordered',
    });
  }

  #recall(target: string): void {
    this.#append('recommendation', 'operator.acted', target, {
      command: 'recall',
      target,
      by: 'operator',
      why: 'it overlooks things',
      outcome: 'ordered',
    });
  }

  /** A record that is no event of its topic; each consumer parks it, with any sequence. */
  poison(topic: Topic, key: string, value: string, sequence?: string): void {
    this.#given += 1;
    this.records.append([
      {
        topic,
        partition: partitionOf(key, this.records.partitions),
        key,
        value,
        headers: {
          ce_id: `poison-${this.#given}`,
          ce_type: typeOf(topic, 1),
          ce_source: poison,
          ce_specversion: '1.0',
          'content-type': 'application/json',
          ...(sequence === undefined ? {} : { ce_sequence: sequence }),
        },
      },
    ]);
  }

  /** @param program the build of the scanner that counts from now on; without one, what was announced before */
  advisories(database: number, program?: number): void {
    const { name } = scannerOf(firstBuild);
    this.#append('ingestion', 'advisories.updated', name, {
      scanner: name,
      database: databaseOf(database),
      ...(program === undefined ? {} : { program: scannerOf(program) }),
      dataref: 'none',
      bytes: 1,
    });
  }

  #time(): string {
    return new Date(this.now()).toISOString();
  }

  #append(app: string, topic: Topic, subject: string, data: object, causationid?: string): void {
    this.#given += 1;
    const id = `${commandId}${this.#given}`;
    const event: AnyEvent = {
      id,
      source: `/assay/${app}`,
      subject,
      time: this.#time(),
      correlationid: id,
      ...(causationid === undefined ? {} : { causationid }),
      topic,
      data,
    };
    this.records.append([recordOf(event, this.records.partitions)]);
  }
}
