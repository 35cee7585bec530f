import { useEffect } from 'react';
import { useSession } from '../session/session.ts';
import { fetchWithToken } from './client.ts';
import { eventReader } from './event-stream.ts';
import type { components } from './generated/schema.ts';
import { queries } from './use-answer.ts';

/** A change of a recommendation, as the stream has it. */
export type StreamedChange = components['schemas']['Change'];

type Listener = (change: StreamedChange) => void;
const listeners = new Set<Listener>();

/** Calls for each change as it comes. `listener` must stay the same from one render to the next. */
export const useChanges = (listener: Listener): void => {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
};

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

/** Follows the stream until it ends. Returns the id of the last event. */
const follow = async (after: string | undefined, signal: AbortSignal): Promise<string | undefined> => {
  const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
  const response = await fetchWithToken(new Request(new URL('/assay/changes', location.origin), { headers, signal }));
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status}`);
  let last = after;
  const read = eventReader(({ id, data }) => {
    last = id ?? last;
    const change = JSON.parse(data) as StreamedChange;
    for (const listener of listeners) listener(change);
    askAgain();
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) read(piece.value);
  return last;
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
      let last: string | undefined;
      let wait = firstWaitMs;
      while (!ended.signal.aborted) {
        try {
          last = await follow(last, ended.signal);
          wait = firstWaitMs;
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
