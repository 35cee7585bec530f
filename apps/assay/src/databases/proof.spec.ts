import { describe, expect, it } from 'vitest';
import type { DatabaseOutcome, RunnerAnswer } from '../client/answers.ts';
import { Failure } from '../terminal/failure.ts';
import { provenOf } from './proof.ts';

const [before, taken, java] = ['0', '1', '2'].map((each) => `sha256:${each.repeat(64)}`) as [string, string, string];
const updated: DatabaseOutcome = { outcome: 'updated', digest: taken, builtAt: '2026-11-24T00:00:00Z' };
const runner = (digest: string, ...notes: readonly string[]): RunnerAnswer => ({
  status: 'ready',
  reasons: [],
  notes: ['bwrap sandbox', ...notes],
  database: { digest },
});
const announced = `the announced database of 2026-11-24T00:00:00Z (${taken})`;
const refusal = `${announced} is refused: the canary did not pass: it finds nothing; that of August serves`;

/** Each answer of the runners serves one look, and the last one all others. */
const judged = async (outcome: DatabaseOutcome, ...answers: readonly (readonly RunnerAnswer[] | Error)[]) => {
  let looks = 0;
  const progress: string[] = [];
  const result = await provenOf(outcome, {
    runners: async () => {
      const answer = answers[Math.min(looks, answers.length - 1)]!;
      looks += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    progress: (line) => progress.push(line),
    wait: () => Promise.resolve(),
  }).catch((error: unknown) => error);
  return { result, looks, progress };
};

describe('a database that was taken', () => {
  it('is awaited until every runner scans by it', async () => {
    const { result, looks, progress } = await judged(
      updated,
      [runner(before), runner(before)],
      new TypeError('fetch failed'),
      [runner(taken), runner(before, `${announced} is not in use yet; that of August serves`)],
      [runner(taken), runner(taken)],
    );
    expect([result, looks]).toEqual(['its canary has passed, and the runners scan by it', 4]);
    expect(progress.at(-1)).toBe('database: waiting for the canary of the runners, 2 s');
  });

  it('is refused by the canary, with a code of its own and what to do', async () => {
    const { result } = await judged(
      updated,
      [runner(before)],
      [runner(taken), runner(before, `${refusal}. To do: wait.`)],
    );
    expect(result).toMatchObject({ reason: 'refused', remedy: expect.stringContaining('recall') as string });
    expect((result as Error).message).toBe(`refused by the canary: ${refusal}`);
  });

  it('may be refused for another reason; a refusal of another one is none of it', async () => {
    const damaged = refusal.replace('the canary did not pass: it finds nothing', 'it is damaged');
    expect((await judged(updated, [runner(before, damaged)])).result).toMatchObject({
      message: expect.stringMatching(/^refused by a runner: .*it is damaged/) as string,
    });
    const { result } = await judged(updated, [runner(taken, refusal.replace(taken, before))]);
    expect(result).toMatch(/has passed/);
  });

  it('that no runner has proven within two minutes ends with the obstacle', async () => {
    const { result, looks } = await judged(updated, [
      runner(before, `${announced} is not in use yet: the connection is refused; that of August serves`),
    ]);
    expect(result).toMatchObject({
      reason: 'not-in-time',
      message: expect.stringContaining('within 120 s: the announced database') as string,
    });
    expect(looks).toBe(120);
    const { result: away } = await judged(updated, [
      { status: 'unreachable', reasons: ['it does not answer'], notes: [] },
    ]);
    expect(away).toMatchObject({ message: expect.stringMatching(/120 s: it does not answer$/) as string });
  });

  it('is awaited together with the Java database, unless the runner has its own', async () => {
    const both: DatabaseOutcome = { ...updated, java: { outcome: 'updated', digest: java } };
    const with_ = (own: string): RunnerAnswer => ({ ...runner(taken), database: { digest: taken, java: own } });
    expect(await judged(both, [runner(taken)], [with_(java)])).toMatchObject({ looks: 2 });
    const old: RunnerAnswer = { ...runner(before), database: { digest: before, java: 'own' } };
    expect(await judged(both, [old], [with_('own')])).toMatchObject({ looks: 2 });
    const note = `the announced Java database of 2026-11-24T00:00:00Z (${java}) is refused: it is damaged`;
    expect((await judged(both, [runner(taken, note)])).result).toMatchObject({ reason: 'refused' });
  });

  it.each<[string, readonly RunnerAnswer[] | Error, RegExp]>([
    ['knows none', [{ status: 'unknown', reasons: ['ASSAY_SERVICES does not name it'], notes: [] }], /ASSAY_SERVICES/],
    ['has one with its own', [runner(before, 'the announced database of x is not taken, because Y is set')], /doctor/],
    ['refuses the caller', new Failure('failed', 'services/read is needed'), /not awaited: services\/read/],
  ])('is not awaited where the suite %s, with the reason', async (_, answer, line) => {
    expect(await judged(updated, answer)).toMatchObject({ looks: 1, result: expect.stringMatching(line) as string });
  });

  it('before is looked at once, for a refusal', async () => {
    const unchanged = { ...updated, outcome: 'unchanged' } as const;
    expect(await judged(unchanged, [runner(before)])).toMatchObject({ result: undefined, looks: 1 });
    expect((await judged(unchanged, [runner(before, refusal)])).result).toMatchObject({ reason: 'refused' });
  });
});
