import { expect, it } from 'vitest';
import { eventReader, type StreamedEvent } from './event-stream.ts';

const whole =
  ': hello\n\nid: 7\ndata: {"a":1}\n\nid: 8\r\nevent: change\r\ndata: one\r\ndata: two\r\n\r\n: still here\n\n';

it('takes the same events out of a stream in any pieces', () => {
  for (const size of [1, 2, 3, 7, whole.length]) {
    const events: StreamedEvent[] = [];
    const read = eventReader((event) => events.push(event));
    for (let at = 0; at < whole.length; at += size) read(whole.slice(at, at + size));
    expect(events, `pieces of ${size}`).toEqual([
      { id: '7', data: '{"a":1}' },
      { id: '8', data: 'one\ntwo' },
    ]);
  }
});

it('leaves an event that is not complete', () => {
  const events: StreamedEvent[] = [];
  eventReader((event) => events.push(event))('id: 9\ndata: half\n');
  expect(events).toEqual([]);
});
