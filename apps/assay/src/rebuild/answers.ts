import { recommendation } from '@assay/recommendation';
import { Api } from '../client/api.ts';
import type { PlacementAnswer } from '../client/answers.ts';
import { Suite, type SurroundingOptions } from '../suite/suite.ts';

/** Answers of the APIs, list by list, in order. */
export type ApiAnswers = Readonly<Record<string, readonly unknown[]>>;

const inTurn = async <T>(
  digests: readonly string[],
  ask: (digest: string) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  const all: T[] = [];
  for (const digest of digests) all.push(...(await ask(digest)));
  return all;
};

/** Reads all lists of the read model on this data. */
export const answersOn = async (options: SurroundingOptions): Promise<ApiAnswers> => {
  const suite = await Suite.startReaders(options, [recommendation]);
  try {
    const api = new Api(suite.endpoint.url, suite.endpoint.token);
    const images = (await api.list('/assay/images?children=true')) as readonly PlacementAnswer[];
    const digests = [...new Set(images.map(({ digest }) => digest))].toSorted();
    const subscriptions = [...new Set(images.map(({ subscriptionId }) => subscriptionId))].toSorted();
    return {
      images,
      findings: await inTurn(digests, (digest) => api.list(`/assay/images/${digest}/findings?state=all`)),
      'sub-assessments': await inTurn(subscriptions, (id) =>
        api.list(`/subscriptions/${id}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`),
      ),
      'timeline events': await inTurn(digests, async (digest) => (await api.timeline(digest)).events),
    };
  } finally {
    await suite.close();
  }
};
