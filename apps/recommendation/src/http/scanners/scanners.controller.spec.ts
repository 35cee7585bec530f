import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorActed } from '@assay/events';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  declined,
  digestOf,
  planOn,
  registryObserved,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const { scanner } = dataOf('finding.classified');
const other = { name: 'trivy', version: '0.74.0', digest: `sha256:${'e'.repeat(64)}` };

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(registryObserved(), planOn());
});
afterEach(() => assay.close());

describe('the builds of scanners', () => {
  it('are listed with the number of their images, and with their recall', async () => {
    expect((await assay.get('/assay/scanners')).body).toEqual({ value: [] });
    await assay.publish(
      ...wholeStory(),
      ...wholeStory({ digest: digestOf(2) }),
      ...wholeStory({ digest: digestOf(3), classified: { scanner: other } }),
    );
    const listed = [
      { ...scanner, images: 2 },
      { ...other, images: 1 },
    ].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    expect((await assay.get('/assay/scanners')).body).toEqual({ value: listed });
    const { status, body } = await assay.post(`/assay/scanners/${scanner.digest}/recall`, { why: 'compromised' });
    expect([status, body]).toEqual([
      200,
      { ...scanner, images: 2, recalled: { by: expect.any(String), why: 'compromised', since: expect.any(String) } },
    ]);
    const unknown = `sha256:${'0'.repeat(64)}`;
    expect((await assay.post(`/assay/scanners/${unknown}/recall`, { why: 'beforehand' })).body).toMatchObject({
      digest: unknown,
      images: 0,
      recalled: { why: 'beforehand' },
    });
    expect(
      (await assay.get('/assay/scanners')).body.value.map(
        ({ digest, recalled }: { digest: string; recalled?: object }) => [digest, recalled !== undefined],
      ),
    ).toEqual([[unknown, true], ...listed.map(({ digest }) => [digest, digest === scanner.digest])]);
    const acts: OperatorActed[] = [];
    for await (const { records } of assay.log.read('operator.acted', 0, 0, await assay.log.end('operator.acted', 0)))
      acts.push(...records.map(({ value }) => JSON.parse(value) as OperatorActed));
    expect(acts).toMatchObject([
      { command: 'recall', target: `scanner/${scanner.digest}`, why: 'compromised', outcome: 'ordered' },
      { target: `scanner/${unknown}` },
    ]);
  });

  it('are listed with the systems that they do not read, those of the most images first', async () => {
    const of = (digit: number, family: string, version: string, more: object) =>
      wholeStory({
        digest: digestOf(digit),
        findings: [],
        classified: { os: { family, version, endOfLife: false, ...more }, scanner: digit < 6 ? scanner : other },
      });
    const none = { count: 0, packageManager: false, shell: false };
    const wolfi = { os: { family: 'wolfi', version: '20230201', endOfLife: false }, system: none };
    await assay.publish(
      ...of(1, 'alpine', '3.20.3', {}),
      ...of(2, 'photon', '5.0', { known: false }),
      ...of(3, 'alpine', '3.22.1', { known: false }),
      ...of(4, 'alpine', '3.22.1', { known: false }),
      ...wholeStory({ digest: digestOf(5), findings: [], classified: { ...wolfi, scanner } }),
      ...of(6, 'alpine', '3.22.1', { known: true }),
      ...of(7, 'none', '', {}),
      ...of(8, 'gone', '1', { known: false }),
      declined('image-deleted', { digest: digestOf(8), verdict: 2, push: 2 }),
    );
    const { value } = (await assay.get('/assay/scanners')).body;
    expect(value.find(({ digest }: { digest: string }) => digest === scanner.digest)).toEqual({
      ...scanner,
      images: 5,
      unread: [
        { family: 'alpine', version: '3.22.1', why: 'not-known', images: 2 },
        { family: 'photon', version: '5.0', why: 'not-known', images: 1 },
        { family: 'wolfi', version: '20230201', why: 'no-packages', images: 1 },
      ],
    });
    expect(value.find(({ digest }: { digest: string }) => digest === other.digest)).toEqual({ ...other, images: 2 });
  });

  it.each<[string, string, object | undefined]>([
    ['a name that is no digest', 'trivy', { why: 'x' }],
    ['no reason', other.digest, {}],
    ['an empty one', other.digest, { why: '' }],
    ['no body', other.digest, undefined],
    ['a list', other.digest, []],
  ])('are not recalled with %s', async (_, digest, body) => {
    const answer = await assay.post(`/assay/scanners/${digest}/recall`, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidRequestContent']);
    expect(await assay.log.end('operator.acted', 0)).toBe(0);
  });
});
