import {
  causeOf,
  definitions,
  partitionOfDigest,
  type AnyEvent,
  type AssayEvent,
  type Cause,
  type FindingClassified,
} from './imports.ts';
import {
  EmbeddedStore,
  ServiceHost,
  type EventDraft,
  type HostPorts,
  type Decider,
  type Store,
} from '@assay/event-sourcing';
import { EmbeddedLog, recordOf, type EventLog, type Subscription } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';

/**
 * A small service in place of billing: it answers every classification of a key with one charge, at the price named by
 * the config.
 */
export interface ToyReceived {
  readonly received: Readonly<Record<string, { readonly cause: Cause; readonly data: FindingClassified }>>;
}
export interface ToyEmitted {
  readonly emitted: Readonly<Record<string, string>>;
}
export interface ToyConfig {
  readonly price: string;
}

export const toy: Decider<ToyReceived, ToyEmitted, ToyConfig> = {
  app: 'billing',
  stateVersion: 1,
  hasJobs: true,
  empty: () => ({ received: { received: {} }, emitted: { emitted: {} } }),
  noConfig: { price: '1' },
  evolveReceived: ({ received }, any) => {
    const event = any as AssayEvent<'finding.classified'>;
    if (event.data.reason === 'poison') throw new Error('this one cannot be handled');
    return { received: { ...received, [event.id]: { cause: causeOf(event), data: event.data } } };
  },
  evolveEmitted: ({ emitted }, any) => {
    const event = any as AssayEvent<'usage.charged'>;
    return { emitted: { ...emitted, [event.causationid!]: event.data.amount } };
  },
  decide: ({ received, emitted }, { config }) => ({
    events: Object.values(received.received)
      .filter(({ cause }) => emitted.emitted[cause.id] !== config.price)
      .map(({ cause, data }): EventDraft => {
        const {
          subscriptionId,
          registryId,
          loginServer,
          repository,
          digest,
          pushId,
          pushedAt,
          receivedAt,
          tags,
          listedIn,
          verdict,
          scanId,
        } = data;
        return {
          topic: 'usage.charged',
          cause,
          idempotencyKey: digest,
          occurrence: config.price,
          data: {
            subscriptionId,
            registryId,
            loginServer,
            repository,
            digest,
            pushId,
            pushedAt,
            receivedAt,
            tags,
            listedIn,
            verdict,
            scanId,
            chargeId: `${cause.id}/${config.price}`,
            amount: config.price,
            currency: 'USD',
            priceRule: 'toy',
            chargedFor: '2026-11-24T09:15:02.600Z',
          },
        };
      }),
  }),
  evolveConfig: (config, event) =>
    isPrice(event) ? { price: (event as AssayEvent<'operator.acted'>).data.why } : config,
  matters: (event) => isPrice(event),
};

const isPrice = (event: AnyEvent): boolean =>
  event.topic === 'operator.acted' && (event as AssayEvent<'operator.acted'>).data.command === 'recall';

const example = definitions.find(({ topic }) => topic === 'finding.classified')!
  .examples[1] as unknown as FindingClassified;
export const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;

let ids = 0;
export const classified = (n: number, more: Partial<FindingClassified> = {}, sequence?: string): AnyEvent => ({
  id: `event-${(ids += 1)}`,
  source: '/assay/classifier',
  subject: digestOf(n),
  time: '2026-11-24T09:15:02.600Z',
  correlationid: 'push',
  ...(sequence ? { sequence } : {}),
  topic: 'finding.classified',
  data: { ...example, digest: digestOf(n), findings: [], ...more },
});

export const priced = (price: string): AnyEvent => ({
  id: `price-${price}`,
  source: '/assay/test',
  subject: 'price',
  time: '2026-11-24T09:15:02.600Z',
  correlationid: 'price',
  topic: 'operator.acted',
  data: { command: 'recall', target: 'price', by: 'test', why: price, outcome: 'set' },
});

export const append = (log: EventLog, ...events: AnyEvent[]) =>
  log.append(events.map((event) => recordOf(event, log.partitions)));

const telemetry = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });

export const ports = (log: EventLog, store: Store, more: Partial<HostPorts> = {}): HostPorts => ({
  log,
  store,
  tracer: telemetry.tracer('toy'),
  ...more,
});

/** Starts the toy as a service would, and returns a function to stop it. */
export const running = async (
  log: EventLog,
  store: Store,
  more: Partial<HostPorts> = {},
  decide = toy.decide,
  evolveReceived = toy.evolveReceived,
  stateVersion = toy.stateVersion,
) => runningAs({ ...toy, decide, evolveReceived, stateVersion }, log, store, more);

/** Starts a variant of the toy. */
export const runningAs = async <Config>(
  program: Decider<ToyReceived, ToyEmitted, Config>,
  log: EventLog,
  store: Store,
  more: Partial<HostPorts> = {},
): Promise<{ host: ServiceHost<ToyReceived, ToyEmitted, Config>; stop: Subscription['close'] }> => {
  const host = new ServiceHost(program, ports(log, store, more));
  const { close } = await host.open(['finding.classified'], async (event, context) => {
    (context as { unit: { receive(e: AnyEvent): void } }).unit.receive(event);
    if ((event.data as FindingClassified).reason === 'half done') throw new Error('the handler broke off');
  });
  return { host, stop: close };
};

export const emptyLog = (): EmbeddedLog => new EmbeddedLog(':memory:', 3);
export const emptyStore = (): EmbeddedStore => new EmbeddedStore(':memory:');

/** All charges in the log, repeats included. */
export const chargesIn = async (
  log: EventLog,
): Promise<{ id: string; sequence: string; digest: string; amount: string }[]> => {
  const charges = [];
  for (let partition = 0; partition < log.partitions; partition += 1) {
    for await (const { records } of log.read(
      'usage.charged',
      partition,
      0,
      await log.end('usage.charged', partition),
    )) {
      for (const { headers, key, value } of records) {
        if (headers.ce_type !== 'assay.fence.v1')
          charges.push({
            id: headers.ce_id!,
            sequence: headers.ce_sequence!,
            digest: key,
            amount: (JSON.parse(value) as { amount: string }).amount,
          });
      }
    }
  }
  return charges;
};

/** All that a store holds of its keys, in a form that can be compared. */
export const contents = async (store: Store, partitions: number): Promise<Record<string, unknown>> => {
  const all: Record<string, unknown> = {};
  for (let partition = 0; partition < partitions; partition += 1)
    for (const { key, state } of await store.scan(partition, undefined, 100_000)) all[key] = JSON.parse(state);
  return all;
};

export { definitions, partitionOfDigest };
