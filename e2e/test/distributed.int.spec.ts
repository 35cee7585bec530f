import { expect, it } from 'vitest';
import { runDemo } from '../../apps/assay/src/demo/run.ts';
import { startDistributed } from './distributed.ts';

it('makes of the demonstration over six processes what it is in one', { timeout: 300_000 }, async () => {
  const { suite } = await startDistributed();
  const { rows, charges, wrong } = await runDemo(suite, () => undefined);
  expect(wrong).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(13);
  expect(charges.totals).toEqual([expect.objectContaining({ charges: 5 })]);
});
