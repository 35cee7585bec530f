import type { AnyEvent, Topic } from '@assay/events';
import { recordOf } from '@assay/messaging';
import type { Records } from '../log/records.ts';
import type { ImageRegistry } from '../outside/registry.ts';
import { databaseOf, scanner } from '../outside/sandbox.ts';
import { begin } from '../world/world.ts';

/** What operators say: each command is safe in the log before it is answered, and may be given twice. */
export class Commands {
  #given = 0;

  constructor(private readonly records: Records, private readonly now: () => number) {}

  observe({ registryId, loginServer, subscriptionId }: ImageRegistry): void {
    this.#say('ingestion', 'registry.observed', registryId.toLowerCase(), {
      registryId, loginServer, subscriptionId, subscriptionName: 'S', location: 'here', sku: 'Standard', cloud: 'AzureCloud', networkAccess: 'public', plainHttp: true, allowAddresses: [], tags: {}, removed: false, by: 'operator',
    });
  }

  plan(subscriptionId: string, tier: 'Standard' | 'Free'): void {
    this.#say('eligibility', 'plan.changed', subscriptionId, { subscriptionId, plan: 'ContainerRegistry', tier, mode: 'classic', from: this.#time(), by: 'operator' });
  }

  /** A rule about one vulnerability, in every registry of a subscription. */
  rule(subscriptionId: string, removed: boolean): void {
    const scope = `/subscriptions/${subscriptionId}`;
    this.#say('classifier', 'rule.changed', scope, { ruleId: 'accepted', scope, criteria: { vulnerabilities: ['CVE-2026-1', 'CVE-2026-2'] }, reason: 'accepted', by: 'operator', removed });
  }

  advisories(database: number): void {
    this.#say('ingestion', 'advisories.updated', scanner.name, { scanner: scanner.name, database: databaseOf(database, new Date(begin - 3_600_000).toISOString()), dataref: 'none', bytes: 1 });
  }

  #time(): string {
    return new Date(this.now()).toISOString();
  }

  #say(app: string, topic: Topic, subject: string, data: object): void {
    this.#given += 1;
    const id = `command-${this.#given}`;
    const event: AnyEvent = { id, source: `/assay/${app}`, subject, time: this.#time(), correlationid: id, topic, data };
    this.records.append([recordOf(event, this.records.partitions)]);
  }
}
