import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { AssessmentWritten } from '@assay/events';
import { suites, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  planOn,
  registryId,
  registryObserved,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const scope = `/subscriptions/${subscriptionId}`;
const [first, second] = ['11111111-0b3a-4a52-9d4c-0d8f4c8a1b11', 'ffffffff-0b3a-4a52-9d4c-0d8f4c8a1b11'];
const own = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const version = 'api-version=2020-01-01';
const at = (of: string, key: string) => `${of}/providers/Microsoft.Security/assessments/${key}?${version}`;
const body = (code: string, more: object = {}) => ({
  properties: {
    status: { code, description: 'Two are not.' },
    displayName: 'Images should be signed',
    additionalData: { images: '2' },
    ...more,
  },
});

const { next, close } = suites({ arm: { pageSize: 2 } }, registryObserved(), planOn());
let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await next();
});
afterAll(close);

const send = async (method: 'PUT' | 'DELETE', url: string, payload?: unknown, headers: Record<string, string> = {}) => {
  const answer = await assay.app.inject({
    method,
    url,
    headers: { 'content-type': 'application/json', ...headers },
    ...(payload === undefined ? {} : { payload: payload as object }),
  });
  return {
    status: answer.statusCode,
    body: answer.body === '' ? undefined : answer.json<any>(),
    etag: answer.headers.etag as string,
  };
};
const recorded = async (): Promise<AssessmentWritten[]> => {
  const found: AssessmentWritten[] = [];
  for await (const { records } of assay.log.read(
    'assessment.written',
    0,
    0,
    await assay.log.end('assessment.written', 0),
  ))
    found.push(...records.map(({ value }) => JSON.parse(value) as AssessmentWritten));
  return found;
};

describe('an assessment that a client writes', () => {
  it('is stored, read at once, changed and removed', async () => {
    const made = await send('PUT', at(registryId, first.toUpperCase()), { id: 'ignored', ...body('Unhealthy') });
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: `${registryId}/providers/Microsoft.Security/assessments/${first}`,
        name: first,
        type: 'Microsoft.Security/assessments',
        properties: {
          resourceDetails: { source: 'Azure', id: registryId },
          displayName: 'Images should be signed',
          additionalData: { images: '2' },
          status: {
            code: 'Unhealthy',
            cause: '',
            description: 'Two are not.',
            firstEvaluationDate: expect.stringMatching(/0000Z$/),
            statusChangeDate: expect.stringMatching(/0000Z$/),
          },
        },
      },
    ]);
    expect((await assay.get(at(registryId.toUpperCase(), first))).body).toEqual(made.body);
    const { firstEvaluationDate, statusChangeDate } = made.body.properties.status;
    const same = await send('PUT', at(registryId, first), body('Unhealthy', { displayName: 'Signed' }));
    expect([same.status, same.body.properties.displayName, same.body.properties.status]).toMatchObject([
      200,
      'Signed',
      { firstEvaluationDate, statusChangeDate },
    ]);
    const changed = await send('PUT', at(registryId, first), { properties: { status: { code: 'Healthy' } } });
    expect(changed.body.properties).toMatchObject({
      displayName: 'Signed',
      additionalData: {},
      status: { code: 'Healthy', firstEvaluationDate },
    });
    expect(Date.parse(changed.body.properties.status.statusChangeDate)).toBeGreaterThanOrEqual(
      Date.parse(statusChangeDate),
    );
    expect((await send('DELETE', at(registryId, first))).status).toBe(200);
    expect((await send('DELETE', at(registryId, first))).status).toBe(204);
    expect((await assay.get(at(registryId, first))).body.error.code).toBe('AssessmentNotFound');
    expect((await recorded()).map(({ code, removed, by }) => [code, removed, by])).toEqual([
      ['Unhealthy', false, 'anybody (assay)'],
      ['Unhealthy', false, 'anybody (assay)'],
      ['Healthy', false, 'anybody (assay)'],
      ['Healthy', true, 'anybody (assay)'],
    ]);
  });

  it('is written and removed only if unchanged, with a precondition', async () => {
    const put = (code: string, headers: Record<string, string> = {}) =>
      send('PUT', at(registryId, first), body(code), headers);
    expect((await put('Healthy', { 'if-match': '*' })).status).toBe(412);
    const made = await put('Unhealthy', { 'if-none-match': '*' });
    expect([made.status, made.etag]).toEqual([201, expect.stringMatching(/^"[\w-]{22}"$/)]);
    const read = await assay.get(at(registryId, first));
    expect(read.headers.etag).toBe(made.etag);
    expect((await assay.get(at(registryId, first), { 'if-none-match': made.etag })).status).toBe(304);
    for (const headers of [{ 'if-none-match': '*' }, { 'if-match': '"nope"' }] as Record<string, string>[])
      expect(await put('Healthy', headers)).toMatchObject({
        status: 412,
        body: { error: { code: 'PreconditionFailed' } },
      });
    expect((await assay.get(at(registryId, first))).body).toEqual(made.body);
    const changed = await put('Healthy', { 'if-match': made.etag });
    expect([changed.status, changed.etag === made.etag]).toEqual([200, false]);
    expect((await send('DELETE', at(registryId, first), undefined, { 'if-match': made.etag })).status).toBe(412);
    expect((await send('DELETE', at(registryId, first), undefined, { 'if-match': changed.etag })).status).toBe(200);
    expect((await recorded()).length).toBe(3);
    expect((await send('PUT', at(registryId, own), body('Healthy'), { 'if-match': '"x"' })).status).toBe(409);
  });

  it('is written by only one of two clients that both read it before', async () => {
    const { etag } = await send('PUT', at(registryId, first), body('Unhealthy'));
    const both = await Promise.all(
      ['Healthy', 'NotApplicable'].map((code) => send('PUT', at(registryId, first), body(code), { 'if-match': etag })),
    );
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['200', '412']);
    const made = await Promise.all(
      [1, 2, 3].map(() => send('PUT', at(registryId, second), body('Healthy'), { 'if-none-match': '*' })),
    );
    expect(made.map(({ status }) => String(status)).toSorted()).toEqual(['201', '412', '412']);
  });

  it('takes its name from its metadata, as official clients send it, and hides the secret of its author', async () => {
    const metadata = { displayName: 'Images are signed', severity: 'High', assessmentType: 'CustomerManaged' };
    const made = await send('PUT', at(registryId, first), {
      properties: { status: { code: 'Healthy' }, metadata, partnersData: { partnerName: 'Signers', secret: 'hush' } },
    });
    expect([made.status, made.body.properties.displayName, made.body.properties.partnersData]).toEqual([
      201,
      'Images are signed',
      { partnerName: 'Signers' },
    ]);
    expect((await assay.get(at(registryId, first))).body).toEqual(made.body);
    expect(JSON.stringify(await recorded())).not.toContain('hush');
    // A name of its own takes precedence over one in the metadata; without any name the old one stays.
    expect((await send('PUT', at(registryId, first), body('Healthy', { metadata }))).body.properties.displayName).toBe(
      'Images should be signed',
    );
    expect(
      (await send('PUT', at(registryId, first), { properties: { status: { code: 'Healthy' } } })).body.properties,
    ).toMatchObject({ displayName: 'Images should be signed' });
    for (const wrong of [
      { metadata: { displayName: 5 } },
      { metadata: { displayName: 'x'.repeat(257) } },
      { metadata: { displayName: '' } },
      { partnersData: { partnerName: 5 } },
      { partnersData: [] },
      { partnersData: { partnerName: 'a', more: 1 } },
    ]) {
      expect(
        await send('PUT', at(registryId, second), { properties: { status: { code: 'Healthy' }, ...wrong } }),
      ).toMatchObject({ status: 400, body: { error: { code: 'InvalidRequestContent' } } });
    }
  });

  it('can be written back as it was read', async () => {
    const { body: read } = await send('PUT', at(registryId, first), body('Unhealthy'));
    const expanded = (await assay.get(`${at(registryId, first)}&$expand=metadata,links`)).body;
    expect([
      (await send('PUT', at(registryId, first), read)).status,
      (await send('PUT', at(registryId, first), expanded)).status,
    ]).toEqual([200, 200]);
  });

  it('is listed among those of Assay, in the order of ids, page by page', async () => {
    await assay.publish(...wholeStory());
    for (const [of, key] of [
      [registryId, second],
      [registryId, first],
      [scope, first],
      [`${scope}/resourceGroups/rg1`, second],
    ] as const)
      expect((await send('PUT', at(of, key), body('Healthy'))).status).toBe(201);
    const pages: number[] = [];
    const ids = (await assay.all(`${scope}/providers/Microsoft.Security/assessments?${version}`, pages)).map(
      ({ id }) => id as string,
    );
    expect(pages).toEqual([2, 2, 1]);
    expect(ids.map((id) => id.toLowerCase())).toEqual(ids.map((id) => id.toLowerCase()).toSorted());
    expect(ids.map((id) => id.split('/').at(-1))).toEqual([first, first, own, second, second]);
    expect(
      (await assay.all(`${registryId}/providers/Microsoft.Security/assessments?${version}`)).map(
        ({ name }) => name as string,
      ),
    ).toEqual([first, own, second]);
  });

  it.each<[string, string, unknown, number, string]>([
    ["one of Assay's own", at(registryId, own), body('Healthy'), 409, 'Conflict'],
    ['a name that is no GUID', at(registryId, 'mine'), body('Healthy'), 400, 'InvalidRequestContent'],
    ['another word', at(registryId, first), body('Fine'), 400, 'InvalidRequestContent'],
    ['no body', at(registryId, first), undefined, 400, 'InvalidRequestContent'],
    ['a list', at(registryId, first), [], 400, 'InvalidRequestContent'],
    [
      'a status that is a list',
      at(registryId, first),
      { properties: { status: [{ code: 'Healthy' }] } },
      400,
      'InvalidRequestContent',
    ],
    ['no status', at(registryId, first), { properties: {} }, 400, 'InvalidRequestContent'],
    [
      'data that are no texts',
      at(registryId, first),
      body('Healthy', { additionalData: { n: 1 } }),
      400,
      'InvalidRequestContent',
    ],
    [
      'data without end',
      at(registryId, first),
      body('Healthy', { additionalData: { a: 'x'.repeat(64 << 10) } }),
      400,
      'InvalidRequestContent',
    ],
    [
      'data that are a list',
      at(registryId, first),
      body('Healthy', { additionalData: ['a'] }),
      400,
      'InvalidRequestContent',
    ],
    [
      'a resource that is not known',
      at(registryId.replace('myreg', 'nobody'), first),
      body('Healthy'),
      404,
      'ResourceNotFound',
    ],
    [
      'another kind of resource',
      at(`${scope}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/x`, first),
      body('Healthy'),
      404,
      'ResourceNotFound',
    ],
    [
      'a management group',
      at('/providers/Microsoft.Management/managementGroups/root', first),
      body('Healthy'),
      405,
      'MethodNotAllowed',
    ],
    ['no version', at(registryId, first).split('?')[0]!, body('Healthy'), 400, 'MissingApiVersionParameter'],
  ])('is refused for %s, and nothing is published', async (_, url, payload, status, code) => {
    const answer = await send('PUT', url, payload);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await recorded()).toEqual([]);
  });
});
