import { placementKey } from '@assay/events';
import type { PlacementAnswer } from '../../../apps/assay/src/client/answers.ts';
import { faults, type Fault } from './fault.ts';
import { knownIn, type CountingHead } from './lost.ts';
import type { LogReading } from './reading.ts';
import type { TruePush, TormentTruth } from './truth.ts';

/** The answers of the public API when all was quiet. */
export interface QuietAnswers {
  readonly images: readonly PlacementAnswer[];
  readonly charges: readonly { readonly chargeId: string; readonly subscriptionId: string; readonly digest: string }[];
  /** The FOCUS export. */
  readonly export: string;
}

const nameOf = ({ repository, digest }: { readonly repository: string; readonly digest: string }): string =>
  `${repository}@${digest}`;

/** All three attempts were killed: the status of the image is unknown, and its reason states so. */
const isGivenUp = ({
  status,
  reason = '',
}: {
  readonly status: string;
  readonly reason?: string | undefined;
}): boolean => status === 'undetermined' && reason.endsWith('lease-expired');

/** Counts the pushes whose scan or inspection was killed three times, and whose reason states so. */
export const givenUpIn = ({ images }: QuietAnswers): number => images.filter(isGivenUp).length;

/** Faults if the API does not answer what the log implies and the image deserves. */
export const answersIn = (reading: LogReading, answers: QuietAnswers, truth: TormentTruth): Fault[] => [
  ...faults('stuck')(
    answers.images
      .filter(({ status }) => status === 'queued' || status === 'scanning')
      .map((image) => `${nameOf(image)} is still ${image.status}`),
  ),
  ...faults('lost')(unshown(answers, truth)),
  ...faults('wrong')([
    ...undeserved(answers, truth),
    ...otherThanReceived(reading, answers),
    ...chargesOtherThanEmitted(reading, answers),
  ]),
];

const byPlace = ({ images }: QuietAnswers): ReadonlyMap<string, PlacementAnswer> =>
  new Map(images.map((image) => [placementKey(image), image]));

const unshown = (answers: QuietAnswers, { pushes }: TormentTruth): string[] => {
  const shown = byPlace(answers);
  return pushes
    .filter((push) => !shown.has(placementKey(push)))
    .map((push) => `the API knows nothing of ${nameOf(push)}`);
};

const undeserved = (answers: QuietAnswers, { pushes }: TormentTruth): string[] => {
  const shown = byPlace(answers);
  const places = new Map<string, TruePush>(pushes.map((push) => [placementKey(push), push]));
  return [...places].flatMap(([key, push]) => {
    const image = shown.get(key);
    if (!image || isGivenUp(image)) return [];
    const { status, reason } = push.deserved;
    if (image.status !== status || image.reason !== reason)
      return [`${nameOf(push)} is shown as ${image.status}/${image.reason} and is ${status}/${reason}`];
    const isPaid = status === 'healthy' || status === 'unhealthy';
    return isPaid === (image.charge !== undefined)
      ? []
      : [`${nameOf(push)} is ${status} and ${image.charge ? 'has' : 'has no'} charge`];
  });
};

const standing = (head: CountingHead) => ('declined' in head ? head.declined : head.classified);

const otherThanReceived = (reading: LogReading, answers: QuietAnswers): string[] => {
  const shown = byPlace(answers);
  return [...knownIn(reading)].flatMap(([key, { head }]) => {
    const image = shown.get(key);
    if (!head || !image) return [];
    const { status, reason } = standing(head);
    return image.status === status && image.reason === reason
      ? []
      : [`${nameOf(image)} is shown as ${image.status}/${image.reason}, and the log says ${status}/${reason}`];
  });
};

/** The price of an image without a configured price (docs/billing.md). */
const listPrice = '0.29 USD';

const chargesOtherThanEmitted = (reading: LogReading, { charges, export: csv }: QuietAnswers): string[] => {
  const emitted = new Set(reading.of('usage.charged').map(({ event: { data } }) => data.chargeId));
  const shown = new Set(charges.map(({ chargeId }) => chargeId));
  const lines = csv.trimEnd().split('\n').length - 1;
  return [
    ...[...emitted].filter((id) => !shown.has(id)).map((id) => `charge ${id} is in the log and not in the API`),
    ...[...shown].filter((id) => !emitted.has(id)).map((id) => `charge ${id} is in the API and not in the log`),
    ...reading
      .of('usage.charged')
      .filter(
        ({
          event: {
            data: { amount, currency },
          },
        }) => `${amount} ${currency}` !== listPrice,
      )
      .map(
        ({
          event: {
            data: { chargeId, amount, currency },
          },
        }) => `charge ${chargeId} is ${amount} ${currency}, and the list price is ${listPrice}`,
      ),
    ...(lines === emitted.size ? [] : [`the export has ${lines} lines, and ${emitted.size} charges were said`]),
  ];
};
