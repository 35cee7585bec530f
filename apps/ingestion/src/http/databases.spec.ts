import { expect, it } from 'vitest';
import { started } from '../../test/service.ts';

const sources = ['http://127.0.0.1:9/trivy-db:2', 'http://127.0.0.1:9/trivy-java-db:1'];

it('an order that names other places than those of the suite is refused, with what to do', async () => {
  const { app } = await started([], { env: { ASSAY_DATABASE_SOURCES: sources.join(',') } });
  const ordered = async (content: object) => {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/assay/databases/update',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(content),
    });
    const { error } = JSON.parse(body) as { error?: { code: string; message: string } };
    return { statusCode, ...error };
  };
  for (const other of [['mirror.example/trivy-db:2'], sources.slice(1), [], 'off', [{}]])
    expect(await ordered({ sources: other })).toMatchObject({
      statusCode: 409,
      code: 'DatabaseSourcesDiffer',
      message: expect.stringMatching(
        /^This suite takes .* \(http.*\/trivy-db:2, http.*\/trivy-java-db:1\).*set ASSAY_DATABASE_SOURCES/,
      ) as string,
    });
  // The same ones, in any order, are asked: nothing listens at that port.
  expect(await ordered({ sources: sources.toReversed() })).toMatchObject({ code: 'database-unreachable' });
  expect(await ordered({})).toMatchObject({ code: 'database-unreachable' });
});
