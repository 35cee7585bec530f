import { afterAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { PositionSeal } from '@assay/http';
import type { LogPosition } from '@assay/messaging';
import { suites, type ServiceUnderTest } from '../../test/suite.ts';
import { planOn, registryId, registryObserved, subscriptionId } from '../../../../libs/read-model/test/fixtures.ts';

const { next, close } = suites({}, registryObserved(), planOn());
let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await next();
});
afterAll(close);

/** Sends a request with the position of an earlier answer, and returns the one that its answer names. */
const put = async (url: string, payload: object, position?: string): Promise<string> => {
  const { statusCode, headers, body } = await assay.app.inject({
    method: 'PUT',
    url,
    payload,
    headers: position === undefined ? {} : { 'x-assay-position': position },
  });
  expect([statusCode, body]).toEqual([expect.toBeOneOf([200, 201]), expect.anything()]);
  return String(headers['x-assay-position']);
};

const written = `${registryId}/providers/Microsoft.Security/assessments/11111111-0b3a-4a52-9d4c-0d8f4c8a1b11`;
const assessment = (): Promise<string> =>
  put(`${written}?api-version=2020-01-01`, {
    properties: { status: { code: 'Unhealthy' }, displayName: 'Images should be signed' },
  });
const rule = (position?: string): Promise<string> =>
  put(
    '/assay/rules/old',
    { scope: `/subscriptions/${subscriptionId}`, criteria: { vulnerabilities: ['CVE-1'] }, reason: 'old' },
    position,
  );
const read = (position: string) => assay.get('/assay/rules', { 'x-assay-position': position });

it('the answer to the second of two writes stands for both, and a read by it is answered', async () => {
  const position = await rule(await assessment());
  const positions = assay.app.get(PositionSeal).unseal('writes', position) as readonly LogPosition[];
  expect(Object.fromEntries(positions.map(({ topic, offsets }) => [topic, offsets]))).toEqual({
    'assessment.written': [await assay.log.end('assessment.written', 0)],
    'rule.changed': [await assay.log.end('rule.changed', 0)],
  });
  const { status, body } = await read(position);
  expect([status, body.value.length]).toEqual([200, 1]);
});

it('a read by a position that this replica does not reach is refused for a moment', async () => {
  const position = await rule();
  const reached = vi.spyOn(assay.view, 'reached').mockResolvedValue(false);
  onTestFinished(() => reached.mockRestore());
  expect(await read(position)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  expect(reached).toHaveBeenLastCalledWith('rule.changed', [await assay.log.end('rule.changed', 0)]);
});

it('a position of another suite is refused, and one of topics that are not read here is not waited for', async () => {
  const foreign = new PositionSeal({ signingKey: 'of another suite' }).seal('writes', []);
  expect(await read(foreign)).toMatchObject({ status: 400, body: { error: { code: 'InvalidPosition' } } });
  const later = assay.app.get(PositionSeal).seal('writes', [{ topic: 'of.a.later.release', offsets: [1] }]);
  expect(await read(later)).toMatchObject({ status: 200 });
});
