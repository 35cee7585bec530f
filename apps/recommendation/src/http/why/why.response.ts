import { isIndexOfImages } from '@assay/read-model/placement/lapse';
import type { ApprovedScan, ImageEvents } from './image-events.ts';
import { classificationStep, unclassified } from './classification.ts';
import { deletion, notified, pushStep } from './origin.ts';
import { chargeSteps, recommendationSteps } from './outcome.ts';
import { scanSteps } from './scan.ts';
import { lastOf, step, type MayRead, type WhyStep } from './step.ts';
import { approval, unjudged, verdictStep } from './verdict.ts';

/** The chain of an image at one place, oldest step first. */
export const stepsOf = (events: ImageEvents, may: MayRead, now: number): readonly WhyStep[] => {
  const { pushed, declined, deleted, classified, scan, pushedAgain, next } = events;
  const isIndex = isIndexOfImages(pushed?.event.data.facts) && !declined;
  return [
    notified(events),
    ...(pushed ? [pushStep(pushed)] : []),
    ...(deleted ? [deletion(deleted)] : []),
    ...(isIndex
      ? []
      : [
          verdictStep(events, may, now),
          ...(declined ? [] : scanSteps(events, now)),
          ...(classified
            ? [classificationStep(events, classified, may)]
            : scan
              ? [unclassified(lastOf(scan), now)]
              : []),
          ...recommendationSteps(events, now),
          ...chargeSteps(events, may),
        ]),
    ...(pushedAgain ? [pushStep(pushedAgain, 'Pushed again'), unjudged(pushedAgain, now)] : []),
    ...(next ? nextSteps(next, now) : []),
  ];
};

/** A later approval. A failed rescan keeps the status. */
const nextSteps = (next: ApprovedScan, now: number): readonly WhyStep[] => {
  const { approved, scan } = next;
  const isKept = scan && approved.event.data.kind === 'rescan' && lastOf(scan).event.data.outcome !== 'succeeded';
  return [
    approval(approved),
    ...scanSteps(next, now),
    ...(isKept
      ? [step('classification', 'The status above stays', ['A failed rescan does not change it.'], [])]
      : scan
        ? [unclassified(lastOf(scan), now)]
        : []),
  ];
};
