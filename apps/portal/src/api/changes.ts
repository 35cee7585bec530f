import { useEffect } from 'react';
import { useSession } from '../session/session.ts';
import { fetchWithToken } from './client.ts';
import { follow, type StreamPlace } from './follow.ts';
import { noticeLife } from './silence.ts';
import { queries } from './use-answer.ts';

/** Lists of many pages are asked again at most this often. */
const pauseMs = 1000;
/** Between two attempts to connect, at first and at most. */
const [firstWaitMs, longestWaitMs] = [1000, 60_000];

/** The lists and images that a change makes old. */
const makesOld = (key: readonly unknown[]): boolean =>
  typeof key[0] === 'string' && /^\/assay\/(?:images|vulnerabilities|fixes|changes|trends|coverage)/.test(key[0]);

let timer: ReturnType<typeof setTimeout> | undefined;
const askAgain = (): void => {
  timer ??= setTimeout(() => {
    timer = undefined;
    void queries.invalidateQueries({ predicate: ({ queryKey }) => makesOld(queryKey) });
  }, pauseMs);
};

/**
 * Follows the changes while the page is seen, so that a push appears without a reload. A stream that broke off goes on
 * where it was.
 */
export const useChangeStream = (): void => {
  const { token, isRefused } = useSession();
  useEffect(() => {
    if (token === undefined || isRefused) return undefined;
    const ended = new AbortController();
    const run = async (): Promise<void> => {
      const place: StreamPlace = { last: undefined };
      let wait = firstWaitMs;
      let isAgain = false;
      const connect = async (headers: Readonly<Record<string, string>>): Promise<Response> => {
        const url = new URL('/assay/changes', location.origin);
        const response = await fetchWithToken(new Request(url, { headers, signal: ended.signal }));
        if (!response.ok) return response;
        wait = firstWaitMs;
        // A stream without a place begins with the next change, and those before it are not read.
        if (isAgain && place.last === undefined) askAgain();
        isAgain = true;
        return response;
      };
      while (!ended.signal.aborted) {
        try {
          await follow(place, connect, askAgain, noticeLife, askAgain);
        } catch {
          // Lists are asked again now and then, also without the stream.
          wait = Math.min(longestWaitMs, wait * 2);
        }
        await new Promise((resolve) => {
          setTimeout(resolve, wait);
          ended.signal.addEventListener('abort', resolve, { once: true });
        });
      }
    };
    void run();
    return () => ended.abort();
  }, [token, isRefused]);
};
