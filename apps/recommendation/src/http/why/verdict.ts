import { planScans } from '@assay/events';
import type { LoggedEvent } from '@assay/read-model/intake/history';
import type { ImageEvents } from './image-events.ts';
import { summaryOf } from '@assay/read-model/intake/timeline';
import { agoText, timeText } from './phrases.ts';
import { step, type MayRead, type WhyStep } from './step.ts';

export const verdictStep = (events: ImageEvents, may: MayRead, now: number): WhyStep => {
  const { approved, declined, pushed } = events;
  if (declined) {
    const { reason, message, status, verdict } = declined.event.data;
    return step(
      'verdict',
      `Declined: ${reason}`,
      [
        message,
        `The first rule of eligibility that applies is ${reason}; the image is ${status} and is not scanned ` +
          `(verdict ${verdict}).`,
        ...(reason === 'plan-disabled' ? planText(events, may) : []),
        causeText(events, declined),
      ],
      [declined],
    );
  }
  if (!approved) return pushed ? unjudged(pushed, now) : step('verdict', 'No verdict found', [], []);
  return approval(approved, [...planText(events, may), causeText(events, approved)]);
};

export const approval = (
  approved: LoggedEvent<'scan.approved'>,
  more: readonly (string | undefined)[] = [],
): WhyStep => {
  const { kind, lane, mode, deadline, verdict, platform } = approved.event.data;
  return step(
    'verdict',
    `Approved for a ${kind}`,
    [
      `No rule of eligibility declines it. It is assessed in ${mode} mode, for ${platform}.`,
      ...more,
      `To be answered by ${timeText(deadline)} (lane ${lane}, verdict ${verdict}).`,
    ],
    [approved],
  );
};

export const unjudged = (pushed: LoggedEvent<'image.pushed'>, now: number): WhyStep =>
  step('verdict', 'No verdict yet', [`The push was read ${agoText(pushed.event.time, now)}.`], []);

/** The last change of each plan before the verdict. */
const planText = ({ plans }: ImageEvents, may: MayRead): string[] => {
  if (!may.plans) return ['The plan of the subscription is shown with plans/read only.'];
  const last = new Map(plans.map(({ event }) => [event.data.plan, event.data]));
  if (last.size === 0) return ['No plan of the subscription was ever switched on.'];
  return [...last.values()].map(
    (plan) =>
      `Plan ${plan.plan} (${plan.tier}, ${plan.mode} mode) ${planScans(plan) ? 'scans' : 'does not scan'} the ` +
      `subscription since ${timeText(plan.from)}.`,
  );
};

const causeText = (
  { changed, pushed, deleted }: ImageEvents,
  verdict: LoggedEvent<'scan.approved' | 'scan.declined'>,
): string | undefined => {
  const { causationid } = verdict.event;
  if (changed) return `Cause: ${summaryOf(changed.event)}.`;
  if (verdict.event.topic === 'scan.approved' && verdict.event.data.recall === causationid)
    return 'Cause: a scanner build was recalled.';
  if (deleted && causationid === deleted.event.id) return 'Cause: the deletion.';
  return pushed && causationid === pushed.event.id ? 'Cause: the push.' : undefined;
};
