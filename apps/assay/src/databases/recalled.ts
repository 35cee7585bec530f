import { setTimeout as pause } from 'node:timers/promises';
import type { RecallViewAnswer } from '../client/answers.ts';
import { Failure } from '../terminal/failure.ts';
import { ageText } from '../terminal/format.ts';

const dayMs = 24 * 60 * 60_000;
/** By a database of this age no image becomes healthy, unless a setting moves it. */
const oldMs = 7 * dayMs;
const [lookMs, mostLooks] = [250, 240];

/** The changes that a recall brings, in one line. */
export const recallText = (
  { digest, instead, consequences, silent = 0 }: RecallViewAnswer,
  now = Date.now(),
): string => {
  if (!instead) return `The database ${digest} is not in use: no image changes.`;
  const ageMs = now - Date.parse(instead.builtAt);
  return [
    `The database of ${instead.builtAt} (${instead.digest}), ${ageText(ageMs)} old, takes its place.`,
    'Images that were assessed by the recalled one are undetermined until they are assessed again.',
    ...(consequences
      ? [
          `By it ${consequences.closing} findings in ${consequences.changed} images are gone, and ` +
            `${consequences.healthy} images keep none.`,
        ]
      : []),
    ...(silent > 0 ? [`${silent} partitions of the runners did not answer.`] : []),
    ...(ageMs > oldMs ? ['No image becomes healthy by one so old: `assay database use` puts a newer one to use.'] : []),
  ].join(' ');
};

/**
 * Waits until the gate obeys a recall.
 *
 * @throws Failure `not-in-time` after a minute
 */
export const untilObeyed = async (
  obeys: () => Promise<boolean>,
  progress: (line: string) => void,
  wait = (): Promise<unknown> => pause(lookMs),
): Promise<void> => {
  for (let look = 0; look < mostLooks; look += 1) {
    if (await obeys()) return;
    progress('database: recalled; waiting until the gate obeys');
    await wait();
  }
  throw new Failure(
    'not-in-time',
    'the database is recalled, and the gate did not obey within a minute',
    'look at `assay doctor`: recommendation is behind; it obeys once it has caught up',
  );
};
