import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causes, statuses, type AssayEvent } from '@assay/events';
import { answers, classified, live, rebuilt } from '../../test/fixtures.ts';
import { billingProgram } from './decider.ts';
import { listPrices } from './prices.ts';

const billing = billingProgram(listPrices);

/** Classifications of one digest, as a partition processor reads them under one key, in the order of the topic. */
const classifications = fc
  .array(
    fc.record({
      subscription: fc.constantFrom('a', 'A', 'b', 'c', '1', '__proto__', 'constructor'),
      cause: fc.constantFrom(...causes),
      status: fc.constantFrom(...statuses),
      content: fc.constantFrom('set' as const, 'change' as const),
      page: fc.constantFrom([1, 1], [1, 2], [2, 2]),
      repository: fc.constantFrom('x', 'y'),
      day: fc.integer({ min: 10, max: 28 }),
    }),
    { maxLength: 20 },
  )
  .map((rows) =>
    rows.map(({ subscription, cause, status, content, page, repository, day }, index) =>
      classified(
        {
          subscriptionId: subscription,
          cause,
          status,
          content,
          page: page[0]!,
          pages: page[1]!,
          repository,
          scanId: `scan-${index}`,
        },
        { id: `event-${index}`, time: `2026-11-${day}T00:00:00.000Z` },
      ),
    ),
  );

const isChargeable = ({ data }: AssayEvent<'finding.classified'>): boolean =>
  ['healthy', 'unhealthy'].includes(data.status) && data.page === data.pages;
const payers = (events: readonly AssayEvent<'finding.classified'>[]): string[] =>
  [...new Set(events.filter(isChargeable).map(({ data }) => data.subscriptionId.toLowerCase()))].toSorted();

describe('billing, for any classifications of an image', () => {
  it('charges each subscription once, for its first chargeable assessment', () =>
    fc.assert(
      fc.property(classifications, (events) => {
        const { emitted } = live(billing, events);
        expect(emitted.map(({ data }) => data.subscriptionId.toLowerCase()).toSorted()).toEqual(payers(events));
        for (const { data } of emitted) {
          expect(data.scanId).toBe(
            events
              .filter(isChargeable)
              .find((event) => event.data.subscriptionId.toLowerCase() === data.subscriptionId.toLowerCase())!.data
              .scanId,
          );
        }
      }),
    ));

  it('charges the same number in any order of events', () =>
    fc.assert(
      fc.property(
        classifications.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const ids = (received: typeof events) =>
            live(billing, received)
              .emitted.map(({ data }) => data.chargeId)
              .toSorted();
          expect(ids(shuffled)).toEqual(ids(events));
        },
      ),
    ));

  it('handles an event received twice once', () =>
    fc.assert(
      fc.property(classifications, (events) => {
        expect(
          live(
            billing,
            events.flatMap((event) => [event, event]),
          ),
        ).toEqual(live(billing, events));
        expect(live(billing, [...events, ...events])).toEqual(live(billing, events));
      }),
    ));

  it('restores the same bytes from a replay', () =>
    fc.assert(
      fc.property(classifications, (events) => {
        const { state, emitted } = live(billing, events);
        const replayed = rebuilt(billing, events, emitted);
        expect(JSON.stringify(replayed)).toBe(JSON.stringify(state));
        expect(answers(billing, replayed)).toEqual([]);
      }),
    ));

  it('charges the same whether it decides at each event or at the end', () =>
    fc.assert(
      fc.property(classifications, (events) => {
        const atTheEnd = answers(billing, rebuilt(billing, events, [])).map(({ data }) => data);
        const byId = (charges: readonly { chargeId: string }[]) =>
          charges.toSorted((a, b) => (a.chargeId < b.chargeId ? -1 : 1));
        expect(byId(atTheEnd)).toEqual(byId(live(billing, events).emitted.map(({ data }) => data)));
      }),
    ));

  it('emits exactly the lost charges again', () =>
    fc.assert(
      fc.property(classifications, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (events, kept) => {
        const { emitted } = live(billing, events);
        const known = emitted.filter((_, index) => kept[index]);
        const lost = emitted.filter((_, index) => !kept[index]).map(({ data }) => data.chargeId);
        expect(
          answers(billing, rebuilt(billing, events, known))
            .map(({ data }) => data.chargeId)
            .toSorted(),
        ).toEqual(lost.toSorted());
      }),
    ));

  it('stores subscriptions in the same bytes in any order', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'b', 'c', '2', '10', '__proto__'], { minLength: 6 }), (order) => {
        const stateOf = (names: readonly string[]) =>
          JSON.stringify(
            live(
              billing,
              names.map((name) => classified({ subscriptionId: name })),
            ).state,
          );
        expect(stateOf(order)).toBe(stateOf(order.toSorted()));
      }),
    ));
});
