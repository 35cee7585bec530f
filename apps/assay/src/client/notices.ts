import { haltedLine, haltedRemedy, standingText, unwell } from '../terminal/standings.ts';
import type { HaltedAnswer } from './answers.ts';
import type { Api } from './api.ts';

/** Returns nothing for a caller without the right, or an older suite, and does not wait. */
const haltedIn = (api: Api): Promise<readonly HaltedAnswer[]> => api.halted({ untilMs: 0 }).catch(() => []);

const noticeOf = (halted: readonly HaltedAnswer[]): readonly string[] => {
  const line = haltedLine(halted);
  return line === undefined ? [] : [`${line}: ${haltedRemedy}`];
};

/** Lines about standstills, which hold back statuses and do not end by waiting. */
export const haltedNotices = async (api: Api): Promise<readonly string[]> => noticeOf(await haltedIn(api));

/** Lines about all causes that hold back statuses. */
export const notices = async (api: Api): Promise<readonly string[]> => {
  const [halted, standings] = await Promise.all([haltedIn(api), api.services().catch(() => [])]);
  return [
    ...noticeOf(halted),
    ...unwell(standings)
      .filter(({ name }) => !halted.some(({ service }) => service === name))
      .map(
        (each) => `${standingText(each)}. Images that wait for it show as queued or scanning, and later as overdue.`,
      ),
  ];
};
