import { existsSync } from 'node:fs';
import type { SealsAnswer } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { verified, type Verification } from '../seals/verified.ts';
import type { Check } from './check.ts';

const dayMs = 24 * 3_600_000;

const asWritten = 'what was sealed in the last day is as it was written (closed months: `assay verify`)';
const alone =
  'seals prove nothing against who holds their key: ASSAY_SEAL_FILE or ASSAY_SEAL_REPOSITORY puts them elsewhere, too';

const findings: Readonly<Record<SealsAnswer['state'], readonly [Check['state'], found: string, remedy?: string]>> = {
  good: ['good', asWritten],
  differs: ['bad', 'the log is not as it was written', '`assay verify` compares all of it; restore it from a copy'],
  off: [
    'could-be-better',
    'the log is not sealed',
    'set ASSAY_SEAL_KEY_FILE of ingestion; `assay up` makes a key if it is not set',
  ],
  'not-sealed': ['could-be-better', 'the log is not sealed yet'],
  failing: ['bad', 'the log is not sealed any more'],
  'nothing-compared': ['could-be-better', 'nothing was sealed in the last day'],
  reading: ['could-be-better', 'the log of the last day is still being compared', 'ask again in a while'],
};

const checkOf = ({ state, places, notes, verified: found }: SealsAnswer): Check => {
  const isAlone = state === 'good' && places.length === 0;
  const [stands, first, remedy = isAlone ? alone : undefined] = findings[state];
  return {
    name: 'seals',
    state: stands === 'good' && (isAlone || notes.length > 0 || found?.warnings?.length) ? 'could-be-better' : stands,
    found: [first, ...(found?.differences ?? []).map(({ text }) => text), ...notes, ...(found?.warnings ?? [])].join(
      '; ',
    ),
    ...(remedy === undefined ? {} : { remedies: [remedy] }),
    ...(found ? { details: found } : {}),
  };
};

/** Compares the log of the last day with its seals. None for a caller without the right, or in an older suite. */
export const sealChecks = async (api: Pick<Api, 'seals'>): Promise<readonly Check[]> =>
  api.seals().then(
    (answer) => (answer.state in findings ? [checkOf(answer)] : []),
    () => [],
  );

/** The same for a data folder on which no suite runs. */
export const sealChecksOf = async ({
  data,
  env,
  home,
}: Pick<Verification, 'data' | 'env' | 'home'>): Promise<readonly Check[]> => {
  if (!existsSync(data.log)) return [];
  try {
    const found = await verified({ data, env, home, failed: () => undefined, since: Date.now() - dayMs });
    const places = found.outside === undefined ? [] : [found.outside];
    return [checkOf({ state: found.state, places, notes: [], verified: found })];
  } catch (error) {
    return [
      {
        name: 'seals',
        state: 'could-be-better',
        found: `the seals were not compared: ${error instanceof Error ? error.message : String(error)}`,
      },
    ];
  }
};
