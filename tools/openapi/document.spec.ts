import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Put } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Described, json, schema } from '@assay/http';
import { outsideOfDocument } from './answers.ts';
import { openApi } from './document.ts';
import { routesIn } from './routes.ts';

const description = { summary: 'A thing.', answers: { 200: json('It.', schema.record({ name: schema.text })) } };

@Controller('things')
class Silent {
  @Get() list(): void {
    /* No state of its own to report. */
  }
}

@Controller('things')
class Vague {
  @Get(':thing') @Described(description) get(@Param('thing') thing: string): string {
    return thing;
  }
}

@Controller('things')
class Clear {
  @Put('mine') @Described(description) put(): void {
    /* Nothing to do. */
  }
}

describe('the API document', () => {
  it('has no route without a description', () => {
    expect(() => routesIn([{ controllers: [Silent] }])).toThrow('Silent.list does not say what it answers');
    expect(() => openApi(routesIn([{ controllers: [Vague] }]))).toThrow('Vague.get does not say what {thing} is');
    expect(openApi(routesIn([{ controllers: [Clear] }]))).toMatchObject({
      paths: { '/things/mine': { put: { summary: 'A thing.' } } },
    });
  });

  it('states permissions and bodies', () => {
    const { paths } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
      paths: Record<string, Record<string, object>>;
    };
    expect(paths['/assay/parked/{app}/{topic}/{partition}/{offset}/drop']!.post).toMatchObject({
      description: 'Needs `parked/write` in the whole scope.',
      security: [{ bearer: [] }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/OrderBody' } } },
      },
    });
    expect(paths['/subscriptions/{subscriptionId}/providers/Microsoft.Security/assessments']!.get).toMatchObject({
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'api-version', required: true })]),
    });
  });

  it('names each operation once, by the parts in which its paths differ', () => {
    const { paths } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
      paths: Record<string, Record<string, { readonly operationId: string }>>;
    };
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    const provider = '/subscriptions/{subscriptionId}/providers/Microsoft.Security';
    expect(paths[`${provider}/subAssessments`]!['get']!.operationId).toBe('SubAssessments.list.subscriptionId');
    expect(paths[`${provider}/assessments/{assessmentName}/subAssessments`]!['get']!.operationId).toBe(
      'SubAssessments.list.subscriptionId.assessmentName',
    );
  });

  const healthy = {
    decision: 'allow',
    reason: 'no-findings',
    message: 'x',
    pending: false,
    digest: `sha256:${'0'.repeat(64)}`,
    maxSeverity: 'none',
    onlyFixable: false,
    places: [],
    page: 'https://assay.example/images/x',
  };
  const answer = {
    method: 'GET',
    route: '/assay/images/:digest/gate',
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(healthy),
  };

  it.each([
    ['as it describes', answer, undefined],
    [
      'with a word that it does not have',
      { ...answer, body: JSON.stringify({ ...healthy, secret: 1 }) },
      'unevaluated',
    ],
    ['without one that it has', { ...answer, body: JSON.stringify({ ...healthy, pending: undefined }) }, 'pending'],
    ['with another status', { ...answer, status: 418 }, 'no such status'],
    ['of another type', { ...answer, headers: { 'content-type': 'text/plain' } }, 'a body of text/plain'],
    ['of no route', { ...answer, route: '/assay/nothing' }, 'no such route'],
    [
      'without a header',
      { ...answer, status: 503, body: '{"error":{"code":"a","message":"b"}}' },
      'Retry-After is missing',
    ],
  ])('knows an answer %s', (_, sent, problem) => {
    const found = outsideOfDocument(sent).join('\n');
    if (problem === undefined) expect(found).toBe('');
    else expect(found).toContain(problem);
  });
});
