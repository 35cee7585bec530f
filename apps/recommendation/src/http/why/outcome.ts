import { at, isLapse, type Status } from '@assay/events';
import type { LoggedEvent } from '@assay/read-model/intake/history';
import { sumOf } from '../sum.ts';
import type { ImageEvents } from './image-events.ts';
import { agoText, timeText } from './phrases.ts';
import { lastOf, step, type MayRead, type WhyStep } from './step.ts';

export const recommendationSteps = (events: ImageEvents, now: number): readonly WhyStep[] => {
  const { recommended, classified, declined } = events;
  const answer = classified?.at(-1) ?? declined;
  if (!recommended)
    return answer
      ? [
          step(
            'recommendation',
            'No recommendation yet',
            [`The answer is from ${agoText(answer.event.time, now)}.`],
            [],
          ),
        ]
      : [];
  const { status, reason, previous, since, verdict, classification } = recommended.event.data;
  const shown = (of: { readonly status: string; readonly reason?: string }): string =>
    of.reason ? `${of.status} (${of.reason})` : of.status;
  const [wasOpen, isOpen] = [previous?.status === 'unhealthy', status === 'unhealthy'];
  const isOfAnswer =
    answer !== undefined &&
    verdict === answer.event.data.verdict &&
    (classified === undefined || classification === at(classified, 0).event.data.classification);
  const isEarlier = answer !== undefined && !isOfAnswer && !isLapse(reason);
  const title = isEarlier
    ? `Recommendation ${isOpen ? 'already open' : 'unchanged'}`
    : isOpen && !wasOpen
      ? 'Recommendation opened'
      : wasOpen && !isOpen
        ? 'Recommendation closed'
        : isOpen
          ? 'Recommendation stays open'
          : 'No recommendation to act on';
  const isChanged = previous !== undefined && shown(previous) !== shown(recommended.event.data);
  return [
    step(
      'recommendation',
      title,
      [
        `${isChanged ? `Changed from ${shown(previous)} to` : 'Published as'} ` +
          `${shown(recommended.event.data)}, which holds since ${timeText(since)}.`,
        isEarlier && 'The verdict above changed neither status, counts nor findings, so nothing was published for it.',
      ],
      [recommended],
    ),
  ];
};

export const chargeSteps = (
  { charges, classified, declined, placement }: ImageEvents,
  may: MayRead,
): readonly WhyStep[] => {
  if (!classified && !declined) return [];
  if (!may.charges)
    return [step('charge', 'Charge not shown', ['Charges of a subscription need the permission charges/read.'], [])];
  const charge = charges.find(({ event }) => event.data.correctionOf === undefined);
  if (charge) {
    const corrections = charges.filter(({ event }) => event.data.correctionOf !== undefined);
    const { amount, currency, priceRule, repository, chargedFor, verdict } = charge.event.data;
    const rest = sumOf([charge, ...corrections].map(({ event }) => event.data));
    const isEarlier = repository !== placement.repository || verdict !== classified?.[0]?.event.data.verdict;
    return [
      step(
        'charge',
        `${isEarlier ? 'Already charged' : 'Charged'} ${amount} ${currency}`,
        [
          `By the price ${priceRule}, for the first assessment of this digest in the subscription, ` +
            `${timeText(chargedFor)}.`,
          repository !== placement.repository && `It was first assessed in ${repository}.`,
          corrections.length > 0 && `It was corrected later: ${rest} ${currency} is left of it.`,
        ],
        [charge],
      ),
      ...corrections.map(correctionStep),
    ];
  }
  const status = classified?.[0]?.event.data.status;
  return [
    step(
      'charge',
      'Not charged',
      [
        declined
          ? 'A declined image is not scanned, and costs nothing.'
          : status === 'healthy' || status === 'unhealthy'
            ? 'No charge yet: billing charges the first assessment, and has not answered or waits for a price ' +
              '(`assay charges --open`).'
            : `Only healthy and unhealthy images are charged; this one is ${status}.`,
      ],
      [],
    ),
  ];
};

const correctionStep = (correction: LoggedEvent<'usage.charged'>): WhyStep => {
  const { amount, currency, correctionOf, billedIn, by, why } = correction.event.data;
  return step(
    'charge',
    `Charge corrected by ${amount} ${currency}`,
    [
      `By ${by ?? 'an unnamed caller'}: ${why ?? 'no reason given'}.`,
      `A correction of the charge ${correctionOf}${billedIn === undefined ? '' : `, on the bill of ${billedIn}`}.`,
    ],
    [correction],
  );
};

/** A status by events alone. Nothing of it depends on the time of the request. */
export interface WhyOutcome {
  readonly status: Status | 'queued' | 'scanning';
  readonly reason?: string;
}

/** The status by the newest event that has one. Absent before the first answer, and for an index. */
export const outcomeOf = ({ declined, classified, recommended }: ImageEvents): WhyOutcome | undefined => {
  const answer = classified ? lastOf(classified) : declined;
  const isLater = recommended && recommended.event.time > (answer?.event.time ?? '');
  const data = isLater ? recommended.event.data : answer?.event.data;
  return data && { status: data.status, ...(data.reason ? { reason: data.reason } : {}) };
};
