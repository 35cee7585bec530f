import { haltedLine, haltedRemedy, standingText, unwell } from '../terminal/standings.ts';
import type { FreshnessAnswer, HaltedAnswer, StandingAnswer } from './answers.ts';
import type { Api } from './api.ts';

/** Returns nothing for a caller without the right, or an older suite, and does not wait. */
const haltedIn = (api: Api): Promise<readonly HaltedAnswer[]> => api.halted({ untilMs: 0 }).catch(() => []);

const noticeOf = (halted: readonly HaltedAnswer[]): readonly string[] => {
  const line = haltedLine(halted);
  return line === undefined ? [] : [`${line}: ${haltedRemedy}`];
};

/** Lines about standstills, which hold back statuses and do not end by waiting. */
export const haltedNotices = async (api: Api): Promise<readonly string[]> => noticeOf(await haltedIn(api));

/** The announced database and its freshness. Neither for a caller without the right, or in an older suite. */
export const announcedDatabase = (api: Api): ReturnType<Api['announcedDatabase']> =>
  api.announcedDatabase().catch(() => ({}));

/** True for the line about a clock that is behind, which makes ages wrong. Any service may have it. */
export const isAboutClock = (note: string): boolean => note.startsWith('warning: the clock of ');

/**
 * Lines about a vulnerability database that grows old, or that no newer one can follow, alarms first. Only one instance
 * of ingestion knows of failures, so the notes of all are read, not those of the one that answered.
 */
export const agingLines = (standings: readonly StandingAnswer[], freshness?: FreshnessAnswer): readonly string[] => {
  const notes = standings.flatMap(({ name, notes: all }) => [
    ...(name === 'ingestion' ? all : []).filter((note) =>
      /^(alarm|warning): .*(vulnerability|Java) database/.test(note),
    ),
    ...all.filter(isAboutClock).map((note) => note.replace('this machine', name)),
  ]);
  const own = freshness && freshness.level !== 'good' ? freshness.notes : [];
  // Ages in the notes of another instance may differ by a moment, so its notes stand for all of them.
  return [...new Set(notes.length > 0 ? notes : own)].toSorted();
};

/** Lines about all causes that hold back statuses, now or soon. */
export const notices = async (api: Api, announced = announcedDatabase(api)): Promise<readonly string[]> => {
  const [halted, standings, { freshness }] = await Promise.all([
    haltedIn(api),
    api.services().catch(() => []),
    announced,
  ]);
  return [
    ...noticeOf(halted),
    ...unwell(standings)
      .filter(({ name }) => !halted.some(({ service }) => service === name))
      .map(
        (each) => `${standingText(each)}. Images that wait for it show as queued or scanning, and later as overdue.`,
      ),
    ...agingLines(standings, freshness),
  ];
};
