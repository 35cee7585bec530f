import { expect, it } from 'vitest';
import { Rate } from '@assay/http';
import { pauseMs } from './awaiting.ts';

it('polling a dozen pushes at once stays within the rate limit of a caller', () => {
  const images = 12;
  let nowMs = 0;
  const rate = new Rate(50, 200, () => nowMs);
  let refused = 0;
  for (let polls = 0; nowMs < 300_000; nowMs += pauseMs(polls), polls += 1) {
    for (let image = 0; image < images; image += 1) if (rate.take('ana').retryAfterSeconds !== undefined) refused += 1;
  }
  expect([refused, pauseMs(0)]).toEqual([0, 40]);
});
