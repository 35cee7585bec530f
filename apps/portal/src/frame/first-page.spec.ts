import { expect, it } from 'vitest';
import { firstPage } from './first-page.ts';

it.each([
  ['lists', ['findings/read', 'gate/read', 'charges/read'], '/'],
  ['charges alone', ['charges/read', 'charges/write'], '/charges'],
  ['the gate alone', ['gate/read'], '/gate'],
  ['nothing that a page shows', ['notifications/write'], '/'],
  ['what is not known yet', [], '/'],
])('the first page of a caller that may read %s is %s', (_, operations, page) =>
  expect(firstPage(operations)).toBe(page),
);
