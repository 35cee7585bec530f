import { expect, it } from 'vitest';
import { observing } from './observing.ts';

it('a parked event and a waiting partition are lines in the log of the suite', () => {
  const lines: string[] = [];
  const observer = observing('classifier', {
    failed: () => undefined,
    notify: (line) => {
      lines.push(line);
    },
  });
  observer.parked('scan.completed', 'unreadable-event');
  observer.waiting({
    topic: 'scan.completed',
    partition: 3,
    offset: 17,
    code: 'newer-version',
    message: 'version 2 is newer',
    remedy: 'upgrade this service',
  });
  expect(lines).toEqual([
    'classifier: an event of scan.completed is parked (unreadable-event): `assay parked` shows it, and the ' +
      'events behind it',
    expect.stringMatching(/^classifier: .*version 2 is newer/),
  ]);
});
