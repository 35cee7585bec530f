import { join } from 'node:path';
import { at, present } from '@assay/events';
import { Api } from '../client/api.ts';
import type { ChargesAnswer } from '../client/answers.ts';
import { outcomeOf, type PushOutcome } from '../push/awaiting.ts';
import { readLayout } from '../push/layout.ts';
import { pushAwaited } from '../push/pushing.ts';
import { referenceGiven } from '../push/reference.ts';
import {
  hardenedSubscription,
  localRegistry,
  localSubscription,
  otherSubscription,
  type LocalRegistrySpec,
} from '../suite/local.ts';
import type { Suite } from '../suite/suite.ts';
import { Failure } from '../terminal/failure.ts';
import { differences, expectedRows } from './judge.ts';
import { demoPushes, imagesFolder, type DemoPush } from './pushes.ts';
import { indexRow, shownRow, type DemoRow, type ShownRow } from './rows.ts';

export interface DemoReport {
  readonly images: readonly DemoRow[];
  readonly seconds: number;
}

export interface DemoResult {
  readonly rows: readonly ShownRow[];
  readonly charges: ChargesAnswer;
  /** Differences from the expected rows. */
  readonly wrong: readonly string[];
}

export const demoRegistries: readonly LocalRegistrySpec[] = [
  // Three subscriptions: assessed as Azure did in 2020, switched off, and under today's plan.
  { ...localRegistry(0), subscriptionId: localSubscription, plan: 'ContainerRegistry' },
  { name: 'other', subscriptionId: otherSubscription, subscriptionName: 'Other', port: 0 },
  { name: 'hardened', subscriptionId: hardenedSubscription, subscriptionName: 'Hardened', plan: 'Containers', port: 0 },
];

const mostMs = 120_000;

/** Pushes everything over HTTP, in order, and waits until each push has its answer. */
export const runDemo = async (
  { endpoint }: Pick<Suite, 'endpoint'>,
  progress: (line: string) => void,
): Promise<DemoResult> => {
  const api = new Api(endpoint.url, endpoint.token);
  const until = performance.now() + mostMs;
  const answers = new Map<string, Promise<readonly ShownRow[]>>();
  let known = 0;
  for (const push of demoPushes) {
    if (push.after !== undefined) await answers.get(push.after);
    progress(`demo: pushing ${push.as}, ${known} of ${demoPushes.length} done`);
    const { rows } = await answerTo(api, push, endpoint, until);
    // Promise.all reports the failure below. Handle it here too, so that it does not count as an unhandled rejection.
    rows.then(
      () => {
        known += 1;
        progress(`demo: ${known} of ${demoPushes.length} done`);
      },
      () => undefined,
    );
    answers.set(push.registry === 'local' ? push.as : `${push.registry}/${push.as}`, rows);
  }
  const rows = (await Promise.all(answers.values())).flat();
  const expected = expectedRows(demoPushes);
  return {
    rows,
    charges: await api.charges(),
    wrong: expected.flatMap((one, index) => differences(one, at(rows, index))),
  };
};

/**
 * Resolves when the image was pushed; its rows follow later. They are wrapped in an object because a promise of a
 * promise would resolve to the inner one.
 */
const answerTo = async (
  api: Api,
  { layout: folder, as, registry }: DemoPush,
  { registries }: Suite['endpoint'],
  until: number,
): Promise<{ rows: Promise<readonly ShownRow[]> }> => {
  const reference = referenceGiven(as);
  const target = present(
    registries.find(({ name }) => name === registry),
    `registry ${registry}`,
  );
  const { image, children } = await pushAwaited(
    api,
    await readLayout(join(imagesFolder, folder), '/', reference),
    reference,
    target,
  );
  const outcomes = Promise.all([image, ...children].map((one) => outcomeOf(api, one, until)));
  return {
    rows: outcomes.then((found) =>
      rowsOf(
        as,
        reference.repository,
        found.map((outcome) => requireOutcome(outcome, as)),
      ),
    ),
  };
};

const requireOutcome = (outcome: PushOutcome | undefined, as: string): PushOutcome => {
  if (outcome) return outcome;
  throw new Failure('not-in-time', `no result for ${as} in time`, 'read the output above, and run `assay doctor`');
};

const rowsOf = (as: string, repository: string, outcomes: readonly PushOutcome[]): readonly ShownRow[] => {
  const image = at(outcomes, 0);
  const children = outcomes.slice(1);
  if (children.length === 0) return [shownRow(as, image)];
  const below = children.map((child) =>
    shownRow(`${repository}@${child.placement.digest}`, child, image.placement.digest),
  );
  return [indexRow(as, image, below), ...below];
};
