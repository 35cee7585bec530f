import { causeOf, isoTimeOf, judgedOf, type AnyEvent, type AssayEvent, type FindingClassified } from '@assay/events';
import { entryOf, subscriptionKey, withEntry, type Chargeable, type Heard, type Said } from './state.ts';

/** An image that could not be assessed is free, until the first time that it was, whatever led to that. Only the last page counts. */
const isChargeable = ({ status, page, pages }: FindingClassified): boolean =>
  (status === 'healthy' || status === 'unhealthy') && page === pages;

export const hear = (heard: Heard, any: AnyEvent): Heard => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'finding.classified': {
      const key = subscriptionKey(event.data);
      return isChargeable(event.data) && !entryOf(heard, key) ? withEntry(heard, key, chargeable(event)) : heard;
    }
    default:
      return heard;
  }
};

const chargeable = (event: AssayEvent<'finding.classified'>): Chargeable => {
  return {
    ...judgedOf(event.data),
    scanId: event.data.scanId,
    // Price and period are read off this text. What is no time at all throws here, and is set aside where somebody can see it.
    chargedFor: isoTimeOf(event.time),
    cause: causeOf(event),
  };
};

export const say = (said: Said, any: AnyEvent): Said => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'usage.charged': {
      const key = subscriptionKey(event.data);
      const charges = entryOf(said, key) ?? [];
      return charges.some(({ chargeId }) => chargeId === event.data.chargeId)
        ? said
        : withEntry(said, key, [...charges, event.data]);
    }
    default:
      return said;
  }
};
