import { expect, it } from 'vitest';
import type { PlacementAnswer } from '../client/answers.ts';
import { Failure, NeedsOperator } from '../terminal/failure.ts';
import { unchargedAmong } from './uncharged.ts';

const image = (more: object): PlacementAnswer => ({ status: 'healthy', ...more }) as PlacementAnswer;

it.each<[string, Error, object]>([
  [
    'somebody has to help billing',
    new NeedsOperator('Billing stands still.'),
    { chargeUnknown: 'Billing stands still' },
  ],
  ['billing does not answer', new Failure('no-suite', 'it is filled'), { chargeUnknown: 'it is filled' }],
  ['he may not ask', new Failure('failed', 'no'), {}],
])('a charge is unknown if %s', async (_, error, known) => {
  const api = { charges: () => Promise.reject(error) };
  expect(await unchargedAmong(api, [image({})])).toEqual(known);
  expect(
    await unchargedAmong(api, [image({ charge: {} }), image({ status: 'scanning' }), image({ children: [] })]),
  ).toEqual({});
});
