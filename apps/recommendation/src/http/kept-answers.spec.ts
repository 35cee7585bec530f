import { readFileSync, writeFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { estate, otherSubscription } from '../../test/estate.ts';
import { digestOf, findingOf, subscriptionId, wholeStory } from '../../../../libs/read-model/test/fixtures.ts';
import { published } from '../../test/published.ts';
import { suite } from '../../test/suite.ts';

/**
 * Answers from before findings and descriptions were split. Each of them is the same today, byte for byte. To keep
 * those of the present build instead, run this with ASSAY_KEEP_ANSWERS=1.
 */
const kept = new URL('../../test/kept/answers.json.zst', import.meta.url);

const rating = (source: string, severity: 'High' | 'Low', more = {}) => ({ source, severity, ...more });
const nvd = rating('nvd', 'High', { score: 9.1, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' });
const oneOf = (changes: object) =>
  findingOf({ vulnerability: 'CVE-2022-1271', title: 'Files are overwritten', description: 'Long text.', ...changes });

/** Two packages that the vendor rates differently, the same package at two paths, and another one in two versions. */
const particular = [
  oneOf({
    package: 'gzip',
    aliases: ['DSA-5122-1'],
    layer: `sha256:${'a'.repeat(64)}`,
    ratings: [rating('debian', 'Low'), nvd, rating('redhat', 'Low', { score: 3.1 })],
  }),
  oneOf({
    package: 'xz-utils',
    aliases: ['DSA-5123-1'],
    layer: `sha256:${'b'.repeat(64)}`,
    severity: 'Low',
    ratings: [
      rating('debian', 'High', { score: 9.9, vector: 'CVSS:3.1/AV:N' }),
      nvd,
      rating('redhat', 'Low', { score: 3.1 }),
    ],
  }),
  ...['opt/a.jar', 'opt/b.jar'].map((path) =>
    oneOf({ vulnerability: 'CVE-2021-44228', package: 'log4j', packageType: 'jar', path, ratings: [nvd], aliases: [] }),
  ),
  ...['1.0', '2.0'].map((installedVersion) =>
    oneOf({
      vulnerability: 'CVE-2021-1',
      installedVersion,
      cwes: ['CWE-1', 'CWE-2'],
      ratings: [],
      fixedVersion: undefined,
    }),
  ),
];

it('answers every request as before findings and descriptions were split', async () => {
  const assay = await suite({ graph: { quota: 1_000_000 } });
  await assay.publish(...estate(), ...wholeStory({ digest: digestOf(20), findings: particular }));
  const answers: Record<string, string> = {};
  const ask = async (url: string, accept = 'application/json', query?: string): Promise<void> => {
    for (let next: string | undefined = url; next;) {
      const { statusCode, body }: { statusCode: number; body: string } = await assay.app.inject({
        method: query ? 'POST' : 'GET',
        url: next,
        headers: { accept, ...(query ? { 'content-type': 'application/json' } : {}) },
        ...(query ? { payload: { query } } : {}),
      });
      // Findings that rules disable are listed on demand since.
      const name = next.replace(/skipToken=[^&]+/i, 'next').replace(/\?state=all(&|$)/, (_, more) => (more ? '?' : ''));
      answers[`${name} ${accept} ${query ?? ''}`] = `${statusCode} ${body}`
        .replaceAll(/"(nextLink|\$skipToken)":"[^"]*"/g, '"$1":"next"')
        .replaceAll(/"version":"[^"]*","informationUri"/g, '"informationUri"')
        // Lists of findings count them since.
        .replaceAll(/,"total":\d+,"exempt":\d+/g, '');
      next = query ? undefined : JSON.parse(body).nextLink?.replace(/^https?:\/\/[^/]+/, '');
    }
  };
  for (const digest of [1, 2, 3, 4, 5, 6, 7, 8, 20].map(digestOf)) {
    await ask(`/assay/images/${digest}/findings?state=all`);
    await ask(`/assay/images/${digest}/findings`, 'application/sarif+json');
    await ask(`/assay/images/${digest}/gate?maxSeverity=medium&onlyFixable=true`);
  }
  for (const id of [subscriptionId, otherSubscription]) {
    const security = `/subscriptions/${id}/providers/Microsoft.Security`;
    for (const key of ['dbd0cb49-b563-45e7-9724-889e799fa648', 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5'])
      await ask(`${security}/assessments/${key}/subAssessments?api-version=2019-01-01-preview`);
    await ask(`${security}/subAssessments?api-version=2019-01-01-preview`);
    await ask(`${security}/assessments?api-version=2020-01-01&$expand=metadata`);
  }
  await ask('/assay/registries');
  for (const { text } of published)
    await ask(
      '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01',
      'application/json',
      text
        .replaceAll('{{REGISTRY_HOST}}', 'myreg.registry.test')
        .replaceAll('{{REPOSITORY}}', 'team/hello')
        .replaceAll('{{DIGEST}}', digestOf(20))
        .replaceAll('{{SUBSCRIPTION}}', subscriptionId)
        .replaceAll('{{REGISTRY}}', 'MyReg'),
    );
  await assay.close();
  if (process.env['ASSAY_KEEP_ANSWERS']) writeFileSync(kept, zstdCompressSync(JSON.stringify(answers)));
  const before = JSON.parse(zstdDecompressSync(readFileSync(kept)).toString()) as Record<string, string>;
  expect(Object.keys(answers)).toEqual(Object.keys(before));
  for (const [request, answer] of Object.entries(answers)) expect(answer, request).toBe(before[request]);
});
