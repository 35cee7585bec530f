import type { Store } from '@assay/event-sourcing';
import { typeOf } from '@assay/events';
import type { EventLog, NewRecord } from '@assay/messaging';
import type { AnswerContent, OfferContent } from '../../laws/offers.ts';
import { changed, type Wrapped } from './wrapped.ts';

/** Mistakes with offers of databases. They are made of records on their way into the log. */

const offerIn = ({ value }: NewRecord): OfferContent & { readonly reasons: readonly string[] } =>
  JSON.parse(value) as OfferContent & { readonly reasons: readonly string[] };

const isState = (record: NewRecord, state: string): boolean =>
  record.topic === 'advisories.offered' && offerIn(record).state === state;

/** Puts other records into the place of each. */
const appending =
  (instead: (record: NewRecord) => readonly NewRecord[]) =>
  (log: EventLog, store: Store): Wrapped => ({
    log: changed(log, {
      append: async (records) => {
        const placed = records.map(instead);
        const offsets = [...(await log.append(placed.flat()))];
        return placed.map((each) => offsets.splice(0, each.length)[0]!);
      },
    }),
    store,
  });

/** The announcement of an offered database. */
const announcementOf = (record: NewRecord): NewRecord => ({
  ...record,
  topic: 'advisories.updated',
  headers: { ...record.headers, ce_type: typeOf('advisories.updated', 1), ce_id: `early-${record.headers.ce_id}` },
});

const usedAfterAll = (record: NewRecord): NewRecord => ({
  ...record,
  value: JSON.stringify({ ...offerIn(record), state: 'used', reasons: [] }),
});

/** Announces a database when it is offered. */
export const announcesUnasked = appending((record) =>
  isState(record, 'offered') ? [record, announcementOf(record)] : [record],
);

/** Announces a database that is held. */
export const announcesHeld = appending((record) =>
  isState(record, 'held') ? [record, announcementOf(record)] : [record],
);

/** Uses a database although its consequences are beyond the limits. */
export const ignoresLimits = appending((record) => [isState(record, 'held') ? usedAfterAll(record) : record]);

/** Uses a database that is held for nothing but silent partitions. */
export const silenceIsConsent = appending((record) => [
  isState(record, 'held') && offerIn(record).reasons.every((reason) => reason.includes('did not answer'))
    ? usedAfterAll(record)
    : record,
]);

const answerIn = ({ value }: NewRecord): AnswerContent => JSON.parse(value) as AnswerContent;

/** Answers an offer as if no image had a result. */
export const answersNothing = appending((record) => {
  if (record.topic !== 'advisories.weighed') return [record];
  const { offer, partition, packages: _packages, ...sums } = answerIn(record);
  const zeros = Object.fromEntries(Object.keys(sums).map((name) => [name, 0]));
  return [{ ...record, value: JSON.stringify({ ...zeros, offer, partition, packages: [] }) }];
});

/** Answers an offer as if no finding closed. */
export const overlooksLosses = appending((record) =>
  record.topic === 'advisories.weighed'
    ? [{ ...record, value: JSON.stringify({ ...answerIn(record), closing: 0, changed: 0, healthy: 0, packages: [] }) }]
    : [record],
);
