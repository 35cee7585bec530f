import { readFileSync, writeFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { published } from '../../apps/recommendation/test/published.ts';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { TestSuite } from './suite.ts';

/**
 * Public answers of the suite before findings and descriptions were split. All of them hold still, byte for byte, but
 * for `intended`. To keep the answers of the present build instead, run this test with ASSAY_KEEP_ANSWERS=1.
 */
const kept = new URL('kept/answers.json.zst', import.meta.url);

/** The images, each with the repositories to which it is pushed. */
const pushes = [
  ['alpine-3.10.3', ['alpine', 'second/alpine']],
  ['nginx-1.22.1-alpine', ['nginx']],
  ['debian-bullseye-20230109-slim', ['bullseye']],
  ['distroless-java17-debian11', ['java']],
  ['debian-13.8', ['healthy']],
  ['busybox-1.37.0-glibc', ['busybox']],
  ['windows', ['windows']],
] as const;

/** Parts of answers that differ by design, each with its reason. They are left out of both sides. */
const intended: readonly (readonly [part: RegExp, why: string])[] = [
  [/"set":\{"id"[^}]*\},?/g, 'an image names the set of findings that is shown'],
  [/,"total":\d+,"exempt":\d+/g, 'a list of findings counts them'],
  [
    /(?<="status":"not-applicable"[^{}]*),"bySeverity":\{[^}]*\},"fixable":\d+,"exempt":\d+,"findings":\d+/g,
    'findings of an image that is not applicable are not counted',
  ],
  [/,"total":\d+,"all":\d+,"counts":\{[^}]*\},"hidden":\d+,"unknown":\d+/g, 'a list of images counts them'],
];

/** Documents with the packages of an image. Their order differs by design: the inventory, a blob, is sorted. */
const unordered = ['application/vnd.cyclonedx+json', 'application/spdx+json'];
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((each) => JSON.stringify(sorted(each))).toSorted()
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)]))
      : value;

const json = 'application/json';
const reportTypes = ['application/sarif+json', 'application/vnd.cyclonedx+json', 'application/spdx+json'];

type Answers = Record<string, string>;

/** Replaces all that differs from run to run: times of this run, ids drawn from them, durations and ports. */
const steadied = (text: string, began: number): string => {
  const steady = text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => (Date.parse(time) >= began ? 'now' : time))
    .replaceAll(/(localhost|127\.0\.0\.1)(:|%3A)\d+/g, '$1$2port')
    .replaceAll(
      /"(pushId|scanId|chargeId|traceId|\w*ReferenceId|serialNumber|documentNamespace)":"[^"]*"/g,
      '"$1":"id"',
    )
    .replaceAll(/"(scanMs|pullMs|pushToRecommendationMs|scannerMs|attempt)":\d+/g, '"$1":0')
    .replaceAll(/"driver":"[^"]*"/g, '"driver":"sandbox"')
    .replaceAll(/"access":"[0-9a-f]{12}"/g, '"access":"hash"')
    .replaceAll(/"witness":\{"version":"[0-9a-f]{12}"/g, '"witness":{"version":"hash"')
    .replaceAll(/"version":"\d+\.\d+\.\d+(-[^"]*)?","informationUri"/g, '"version":"assay","informationUri"');
  return intended.reduce((left, [part]) => left.replaceAll(part, ''), steady);
};

const answersOf = async (suite: TestSuite, digests: readonly string[], began: number): Promise<Answers> => {
  const { url, token } = suite.suite.endpoint;
  const answers: Answers = {};
  const ask = async (path: string, { accept = json, body = '' } = {}): Promise<string | undefined> => {
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      headers: { authorization: `Bearer ${token}`, accept, ...(body ? { 'content-type': json } : {}) },
      ...(body ? { method: 'POST', body } : {}),
    });
    const given = await response.text();
    const text = unordered.includes(accept) ? JSON.stringify(sorted(JSON.parse(given))) : given;
    const { nextLink } = JSON.parse(text) as { nextLink?: string };
    // Findings that rules disable are listed on demand since.
    const asked = path.replace(/^http:\/\/[^/]+/, '').replace(/\?state=all(&|$)/, (_, more) => (more ? '?' : ''));
    const name = `${asked.replace(/skipToken=[^&]+/i, 'next')} ${accept} ${body}`;
    answers[steadied(name, began)] = steadied(
      `${response.status} ${text.replace(/"(nextLink|\$skipToken)":"[^"]*"/, '"$1":"next"')}`,
      began,
    );
    return nextLink;
  };
  const list = async (path: string): Promise<void> => {
    for (let next: string | undefined = path; next;) next = await ask(next);
  };
  for (const digest of digests) {
    const image = `/assay/images/${encodeURIComponent(digest)}`;
    await ask(image);
    await ask(`${image}/gate?maxSeverity=medium&onlyFixable=true`);
    await list(`${image}/findings?state=all`);
    for (const accept of reportTypes) await ask(`${image}/findings`, { accept });
  }
  const security = `/subscriptions/${localSubscription}/providers/Microsoft.Security`;
  await list(`${security}/subAssessments?api-version=2019-01-01-preview`);
  await list(`${security}/assessments?api-version=2020-01-01&$expand=metadata`);
  await list('/assay/images');
  await ask('/assay/registries');
  await ask('/assay/scanners');
  for (const { text } of published)
    await ask('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
      body: JSON.stringify({
        query: text
          .replaceAll('{{REGISTRY_HOST}}', suite.suite.endpoint.registries[0]!.loginServer)
          .replaceAll('{{REPOSITORY}}', 'alpine')
          .replaceAll('{{DIGEST}}', digests[0]!)
          .replaceAll('{{SUBSCRIPTION}}', localSubscription)
          .replaceAll('{{REGISTRY}}', 'local'),
      }),
    });
  return answers;
};

it('answers public requests as before', async () => {
  const began = Date.now() - 60_000;
  const suite = await TestSuite.start({ env: { ASSAY_QUERY_QUOTA: '1000' } });
  const digests: string[] = [];
  for (const [layout, repositories] of pushes)
    for (const repository of repositories) {
      const digest = await suite.push(layout, repository, 'v1');
      const { status } = await suite.settled(digest, repository);
      if (status === 'healthy' || status === 'unhealthy') await suite.charged(digest, repository);
      if (!digests.includes(digest)) digests.push(digest);
    }
  const answers = await answersOf(suite, digests, began);
  if (process.env['ASSAY_KEEP_ANSWERS'])
    writeFileSync(kept, zstdCompressSync(JSON.stringify(answers), { params: { [100]: 19 } }));
  const before = JSON.parse(zstdDecompressSync(readFileSync(kept)).toString()) as Answers;
  expect(Object.keys(answers)).toEqual(Object.keys(before));
  for (const [request, answer] of Object.entries(answers))
    expect(answer, request).toBe(steadied(before[request]!, began));
});
