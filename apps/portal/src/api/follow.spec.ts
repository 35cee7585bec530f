import { expect, it } from 'vitest';
import { follow, type StreamPlace } from './follow.ts';

/** A stream of these pieces, which breaks off behind them if there is an error. */
const stream = (pieces: readonly string[], error?: Error): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        if (error === undefined) controller.close();
      },
      pull: (controller) => {
        if (error !== undefined) controller.error(error);
      },
    }),
  );

/** Follows once; returns the headers that were sent, the data, and the number of calls of `missed`. */
const once = async (place: StreamPlace, answer: Response) => {
  const seen = {
    headers: {} as Readonly<Record<string, string>>,
    data: [] as string[],
    heard: 0,
    missed: 0,
    failed: false,
  };
  await follow(
    place,
    (headers) => {
      seen.headers = headers;
      return Promise.resolve(answer);
    },
    (data) => seen.data.push(data),
    () => (seen.heard += 1),
    () => (seen.missed += 1),
  ).catch(() => {
    seen.failed = true;
  });
  return seen;
};

it('goes on behind the last event of a stream that broke off', async () => {
  const place: StreamPlace = { last: undefined };
  const broken = await once(place, stream(['id: 1\ndata: a\n\n', 'id: 2\ndata: b\n\n'], new Error('cut')));
  expect(broken).toMatchObject({ headers: { accept: 'text/event-stream' }, data: ['a', 'b'], missed: 0, failed: true });
  const next = await once(place, stream(['id: 3\ndata: c\n\n']));
  expect(next).toMatchObject({ headers: { 'last-event-id': '2' }, data: ['c'], failed: false });
  expect(place.last).toBe('3');
});

it('begins again where the service does not know the place, and reports what it missed', async () => {
  const place: StreamPlace = { last: 'of another log' };
  expect(await once(place, Response.json({}, { status: 410 }))).toMatchObject({ missed: 1, failed: true });
  const next = await once(place, stream([]));
  expect(next).toMatchObject({ data: [], missed: 0, failed: false });
  expect(next.headers).toEqual({ accept: 'text/event-stream' });
});

it('keeps its place while the service is behind', async () => {
  const place: StreamPlace = { last: '7' };
  expect(await once(place, Response.json({}, { status: 503 }))).toMatchObject({ missed: 0, failed: true });
  expect(place.last).toBe('7');
});

it('takes each piece, also a heartbeat', async () =>
  expect(await once({ last: undefined }, stream([': alive\n\n', 'data: a\n\n']))).toMatchObject({
    heard: 2,
    data: ['a'],
  }));
