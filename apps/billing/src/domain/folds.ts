import { causeOf, isoTimeOf, judgedOf, type AssayEvent, type FindingClassified, type EventFor } from '@assay/events';
import { entryOf, subscriptionKey, withEntry, type Chargeable, type Received, type Emitted } from './state.ts';

/** An image is free until its first successful assessment, from any cause. Only the last page counts. */
const isChargeable = ({ status, page, pages }: FindingClassified): boolean =>
  (status === 'healthy' || status === 'unhealthy') && page === pages;

export const evolveReceived = (received: Received, event: EventFor<'billing'>): Received => {
  const key = subscriptionKey(event.data);
  return isChargeable(event.data) && !entryOf(received, key) ? withEntry(received, key, chargeable(event)) : received;
};

const chargeable = (event: AssayEvent<'finding.classified'>): Chargeable => {
  return {
    ...judgedOf(event.data),
    scanId: event.data.scanId,
    // Price and period are read off this text. An invalid time throws here, so that the event is parked where an
    // operator sees it.
    chargedFor: isoTimeOf(event.time),
    cause: causeOf(event),
  };
};

export const evolveEmitted = (emitted: Emitted, event: EventFor<'billing', 'produces'>): Emitted => {
  const key = subscriptionKey(event.data);
  const charges = entryOf(emitted, key) ?? [];
  return charges.some(({ chargeId }) => chargeId === event.data.chargeId)
    ? emitted
    : withEntry(emitted, key, [...charges, event.data]);
};
