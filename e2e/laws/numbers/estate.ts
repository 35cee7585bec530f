import { billingProgram } from '@assay/billing/domain/decider';
import { listPrices } from '@assay/billing/domain/prices';
import { isConfigTopic, isOf, stepOf, type AnyEvent, type DataOf } from '@assay/events';
import type { Decider } from '@assay/event-sourcing';
import { decider as recommendation } from '@assay/recommendation/domain/decider';
import { DeciderSpec } from '@assay/testing';
import { emitted, planOn, registryObserved, soon, wholeStory } from '../../../libs/read-model/test/fixtures.ts';
import { findingsBy, motley, motleyRegistries, numbersFrom } from '../../../libs/read-model/test/motley.ts';

const dayMs = 24 * 60 * 60_000;
/** The month that is closed. */
export const closedMonth = '2026-10';
export const nextMonth = '2026-11';

const digestIn = ({ subject }: AnyEvent): string | undefined => (subject.startsWith('sha256:') ? subject : undefined);
/** The image of an event; an event about a parked one names it in its details. */
const imageOf = (event: AnyEvent): string | undefined =>
  digestIn(event) ?? (event.data as { details?: { key?: string } }).details?.key;

/** The event as if all of it had happened so many days before. */
const aged = (event: AnyEvent, days: number): AnyEvent =>
  JSON.parse(JSON.stringify(event), (_, value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
      ? new Date(Date.parse(value) - days * dayMs).toISOString()
      : value,
  ) as AnyEvent;

type AnyDecider = Decider<unknown, unknown, unknown>;
type Answering = DeciderSpec<unknown, unknown, unknown>;

/** A service that read the events of one image, each at its time, and then waits. */
const after = (decider: unknown, key: string, events: readonly AnyEvent[]): Answering => {
  const spec = new DeciderSpec(decider as AnyDecider, key, soon);
  const { consumes } = stepOf(spec.decider.app);
  spec.hasReceivedAll = false;
  for (const event of events.filter(({ topic }) => consumes.includes(topic))) {
    spec.now = Date.parse(event.time);
    spec.given(event).when();
  }
  [spec.now, spec.hasReceivedAll] = [soon, true];
  spec.when();
  return spec;
};

/**
 * Later events of an image: it was declined, scanned again, parked again, or redriven.
 * @param days the age of these events
 */
const later = (story: readonly AnyEvent[], random: (below: number) => number, days: number): AnyEvent[] => {
  const classified = story.find((event) => isOf(event, 'finding.classified'));
  const parked = story.find((event) => isOf(event, 'operator.acted'));
  if (!classified) return [];
  const { digest, subscriptionId, registryId, loginServer, repository, pushId, pushedAt, receivedAt } = classified.data;
  const registry = { subscriptionId, registryId, loginServer };
  const place = { ...registry, digest, repository };
  const scannedAgain = (more: Partial<DataOf<'finding.classified'>> = {}): AnyEvent[] =>
    wholeStory({ digest, verdict: 8, findings: findingsBy(random), push: place, classified: more });
  const made = ((): AnyEvent[] => {
    switch (random(8)) {
      case 0: {
        const [reason, cause] =
          random(2) === 0
            ? ['registry-not-public', registryObserved({ ...registry, networkAccess: 'restricted' })]
            : ['plan-disabled', planOn({ subscriptionId, tier: 'Free' })];
        const data = { ...place, verdict: 9, status: 'not-applicable' as const, reason };
        return [cause, emitted('scan.declined', data, { causationid: cause.id })];
      }
      case 1:
        return scannedAgain();
      case 2:
        // A scan shows that it is none that is assessed.
        return scannedAgain({ status: 'not-applicable', reason: 'no-shell' });
      case 3:
        return parked ? [acted(parked, 'again', { target: `classifier/scan.completed/1/${random(1000)}` })] : [];
      case 4:
        return parked ? [acted(parked, 'over', { command: 'redrive', outcome: 'redriven' })] : [];
      default:
        return [];
    }
  })().map((event) => aged(event, days));
  // A later verdict is one on the same push.
  return made.map((event) =>
    event.topic === 'scan.declined'
      ? ({ ...event, data: { ...event.data, pushId, pushedAt, receivedAt } } as AnyEvent)
      : event,
  );
};

const acted = (parked: AnyEvent, id: string, data: Partial<DataOf<'operator.acted'>>): AnyEvent =>
  ({ ...parked, id: `${parked.id} ${id}`, data: { ...parked.data, ...data } }) as AnyEvent;

/**
 * The log of an estate: the motley one, whose images were pushed over forty days, with a second act for some. Rules,
 * recommendations, charges and credits belong to it as the services make them.
 */
export const estateBy = (seed: number, images: number, indexes: number): AnyEvent[] => {
  const random = numbersFrom(seed);
  const made = motley(seed, images, indexes);
  const config = made.filter((event) => imageOf(event) === undefined);
  const stories = Map.groupBy(
    made.filter((event) => imageOf(event) !== undefined),
    (event) => imageOf(event)!,
  );
  const rules = motleyRegistries.map(({ registryId }) =>
    emitted('rule.changed', { ruleId: 'a-rule', scope: registryId }),
  );
  const all: AnyEvent[] = [];
  const bills: Answering[] = [];
  for (const [digest, story] of stories) {
    const days = random(3) === 0 ? 0 : random(40);
    const begun = story.map((event) => aged(event, days));
    const events = [...begun, ...later(begun, random, days - Math.min(days, random(10)))].filter(
      ({ topic }) => topic !== 'recommendation.changed' && topic !== 'usage.charged',
    );
    all.push(...events, ...after(recommendation, digest, events).emitted);
    bills.push(after(billingProgram(listPrices), digest, events));
  }
  const charged = bills.flatMap(
    ({ emitted: charges }) => charges as (AnyEvent & { readonly data: DataOf<'usage.charged'> })[],
  );
  const orders = charged
    .filter(() => random(3) === 0)
    .map(({ data: { chargeId, subscriptionId, digest } }) =>
      emitted('charge.corrected', {
        chargeId,
        subscriptionId,
        digest,
        correctionId: `credit ${chargeId}`,
        amount: random(2) === 0 ? '-0.29' : '-0.10',
      }),
    );
  for (const bill of bills) bill.givenConfig(...orders).when();
  return inSequence([...config, ...rules, ...all, ...orders, ...bills.flatMap((bill) => bill.emitted)]);
};

/** The events of services with new sequences, in their order. */
const inSequence = (events: readonly AnyEvent[]): AnyEvent[] =>
  events.map((event, n) =>
    event.sequence === undefined || isConfigTopic(event.topic) ? event : { ...event, sequence: `1.${n + 1}` },
  );
