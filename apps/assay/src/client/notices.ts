import { haltedLine, haltedRemedy, standingWords, unwell } from '../terminal/standings.ts';
import type { HaltedAnswer } from './answers.ts';
import type { Api } from './api.ts';

/** Who may not ask, or asks an older suite, is told nothing, and nobody is kept waiting for it. */
const haltedIn = (api: Api): Promise<readonly HaltedAnswer[]> => api.halted({ untilMs: 0 }).catch(() => []);

const noticeOf = (halted: readonly HaltedAnswer[]): readonly string[] => {
  const line = haltedLine(halted);
  return line === undefined ? [] : [`${line}: ${haltedRemedy}`];
};

/** What keeps statuses from coming and no patience mends, a line each. */
export const haltedNotices = async (api: Api): Promise<readonly string[]> => noticeOf(await haltedIn(api));

/** What keeps statuses from coming, a line each. */
export const notices = async (api: Api): Promise<readonly string[]> => {
  const [halted, standings] = await Promise.all([haltedIn(api), api.services().catch(() => [])]);
  return [
    ...noticeOf(halted),
    ...unwell(standings)
      .filter(({ name }) => !halted.some(({ service }) => service === name))
      .map((each) => `${standingWords(each)}. What waits for it shows as queued or scanning, and then as overdue.`),
  ];
};
