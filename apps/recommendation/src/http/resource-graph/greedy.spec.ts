import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Caller, type ArmRequest } from '@assay/http';
import { suite } from '../../../test/suite.ts';
import {
  digestOf,
  findingOf,
  planOn,
  registryObserved,
  tell,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

/** All findings, several times over, in memory at once. */
const greedy = `securityresources | where type == 'microsoft.security/assessments/subassessments'
  | extend x = strcat(id, id, id, id) | extend x = strcat(x, x, x, x) | extend x = strcat(x, x, x, x)
  | summarize l = make_list(x) by name | extend n = array_length(l) | top 1 by n | project n, l`;
const modest = "securityresources | where type == 'microsoft.security/assessments/subassessments' | summarize count()";
const graph = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';

const findingsOfAnImage = 300;
const image = (n: number) =>
  wholeStory({
    digest: digestOf(n),
    findings: Array.from({ length: findingsOfAnImage }, (_, k) =>
      findingOf({
        vulnerability: `CVE-2026-${1000 + k}`,
        package: `package${k % 50}`,
        description: 'What can be said of it. '.repeat(60),
      }),
    ),
  });

const [before, pushes, questions] = [20, 12, 9];
const access = {
  identify: ({ headers }: ArmRequest) =>
    new Caller(String(headers['x-test-caller'] ?? 'pipeline'), 'tests', [
      { may: ['findings/read', 'gate/read'], scope: 'everything' },
    ]),
};

it('greedy queries beside a writer on a file are refused without effect on other callers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-greedy-'));
  const failures: unknown[] = [];
  const assay = await suite({
    path: join(folder, 'view.duckdb'),
    memoryMb: 64,
    queries: { memoryMb: 64 },
    arm: { access },
    graph: { quota: 1_000_000, limitMs: 5_000 },
    onError: (error) => failures.push(error),
    onBroken: (error) => failures.push(error),
  });
  onTestFinished(async () => {
    await assay.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await assay.publish(registryObserved(), planOn());
  for (let n = 1; n <= before; n += 1) await assay.publish(...image(n));
  expect((await assay.post(graph, { query: modest })).body.data).toEqual([{ count_: before * findingsOfAnImage }]);

  const refused: string[] = [];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const callers = [1, 2, 3].map(async () => {
    while (!isOver) {
      const { status, body } = await assay.post(graph, { query: greedy }, { 'x-test-caller': 'greedy' });
      refused.push(`${status} ${body.error?.details?.[1]?.code ?? body.error?.code}`);
    }
  });
  for (let n = before + 1; n <= before + pushes || refused.length < questions; n += 1) {
    await tell(assay.log, ...image(n));
    // Requests that wait for the push, that ask the gate, and that read existing data are all answered.
    const answers = await Promise.all([
      assay.get(`/assay/images/${digestOf(n)}`, { prefer: 'wait=45' }),
      assay.get(`/assay/images/${digestOf(n)}/gate`, { prefer: 'wait=45' }),
      assay.get(`/assay/images/${digestOf(1)}/findings`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    if (n % 4 === 0)
      expect((await assay.post(graph, { query: modest })).body.data).toEqual([{ count_: n * findingsOfAnImage }]);
    expect([answers[0].body.placements[0].status, answers[1].body.decision, answers[2].body.value.length > 0]).toEqual([
      'unhealthy',
      'deny',
      true,
    ]);
  }
  isOver = true;
  await Promise.all(callers);
  expect(failures).toEqual([]);
  // A query that timed out was held up by the machine, not by other callers.
  expect(refused.filter((one) => one !== '400 QueryTooComplex' && one !== '504 GatewayTimeout')).toEqual([]);
  expect(refused).toContain('400 QueryTooComplex');

  await assay.view.caughtUp();
  const images = await assay.all('/assay/images');
  expect((await assay.post(graph, { query: modest })).body.data).toEqual([
    { count_: images.length * findingsOfAnImage },
  ]);
  expect(images.length).toBeGreaterThanOrEqual(before + pushes);
});
