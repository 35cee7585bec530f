import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { allKept, keptIn, targetCalled } from '../fuzz/finds.ts';
import { Memory } from '../fuzz/memory.ts';
import { byteEdits, edited } from '../fuzz/mutating/bytes.ts';
import { editedJson, jsonEdits } from '../fuzz/mutating/json.ts';
import { fuzzed, tried, type FuzzOutcome } from '../fuzz/run.ts';
import { expectThat, type FuzzTarget } from '../fuzz/target.ts';
import { FuzzWorld } from '../fuzz/world.ts';

const world = new FuzzWorld();
afterAll(() => world.close());

it('every case that was kept is borne', async () => {
  for (const path of await allKept()) {
    const { target, case: one } = await keptIn(path);
    await expect(tried(targetCalled(target), one, world), path).resolves.toBeUndefined();
  }
});

const run = async (
  target: FuzzTarget<never>,
  turns = 3,
): Promise<FuzzOutcome & { printed: string[]; kept: string[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-finds-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const printed: string[] = [];
  const outcome = await fuzzed(
    {
      targets: [target as unknown as FuzzTarget],
      seed: 7,
      folder,
      print: (line) => printed.push(line),
      goesOn: (turn) => turn < turns,
    },
    world,
    () => undefined,
  );
  return { ...outcome, printed, kept: (await readdir(folder)).map((name) => join(folder, name)) };
};

const numbers = (hold: (number: number) => void): FuzzTarget<never> =>
  ({
    name: 'numbers',
    description: 'numbers',
    perTurn: 100,
    cases: fc.nat({ max: 10_000 }),
    hold,
  }) as unknown as FuzzTarget<never>;

it('a failing case is a find: minimised, kept and reported with its reason', async () => {
  const { cases, finds, kept, printed, turns } = await run(
    numbers((number) => expectThat(number < 100, `${number} is too much`)),
  );
  // The count reports cases that were tried, not those that were planned.
  expect(cases).toBeLessThan(50);
  expect([finds, turns, kept.length]).toEqual([1, 1, 1]);
  expect(await keptIn(kept[0]!)).toEqual({ target: 'numbers', why: '100 is too much', case: 100 });
  expect(printed[0]).toMatch(/^FIND {2}numbers: 100 is too much\n.*numbers-[0-9a-f]{10}\.json$/);
});

it('a crash is a find, and so is an error that the suite reports behind a good answer', async () => {
  expect(
    (
      await run(
        numbers((number) => {
          if (number > 5000) throw new TypeError('no');
        }),
      )
    ).printed[0],
  ).toContain('TypeError: no');
  const failing = new FuzzWorld();
  failing.failures = () => ['classifier: it broke'];
  await expect(tried(numbers(() => undefined) as unknown as FuzzTarget, 1, failing)).rejects.toThrow(
    'the suite told of: classifier: it broke',
  );
});

it('the same seed tries the same cases, and another turn others', async () => {
  const tries = async (): Promise<number[]> => {
    const all: number[] = [];
    await run(
      numbers((number) => {
        all.push(number);
      }),
    );
    return all;
  };
  const [one, other] = [await tries(), await tries()];
  expect(one).toEqual(other);
  expect(one).toHaveLength(300);
  expect(one.slice(0, 100)).not.toEqual(one.slice(100, 200));
});

it('memory that is held for ever is seen, and what comes and goes is not', () => {
  const grows = (held: (turn: number) => number): boolean => {
    let now = 0;
    const memory = new Memory(() => now);
    for (let turn = 0; turn < 16; turn += 1) {
      now = held(turn) * 16 * 2 ** 20;
      memory.look();
    }
    return memory.grew;
  };
  expect(grows((turn) => turn)).toBe(true);
  expect(grows((turn) => (turn % 4) * 4)).toBe(false);
  expect(grows((turn) => Math.min(turn, 3) * 8)).toBe(false);
});

it('changes of bytes and documents are the same each time, and reach everything', () => {
  const document = { a: [1, { b: 'c' }], d: null };
  const seen = new Set<string>();
  fc.assert(
    fc.property(jsonEdits(['a', 'b'], 3), byteEdits(['x', '\n']), (edits, bytes) => {
      const text = editedJson(document, edits);
      expect(editedJson(document, structuredClone(edits)) === text).toBe(true);
      expect(edited(text, JSON.parse(JSON.stringify(bytes)) as typeof bytes).equals(edited(text, bytes))).toBe(true);
      if (text.length < 1000) seen.add(text);
    }),
    { seed: 1, numRuns: 200 },
  );
  expect(editedJson(document, [])).toBe(JSON.stringify(document));
  expect(seen.size).toBeGreaterThan(60);
  // JSON.stringify never writes a key twice.
  expect([...seen].some((text) => /"a":.*"a":/.test(text))).toBe(true);
});

it('a document that is made many of again and again stays one that fits', () => {
  const many = Array.from({ length: 5 }, (_, at) => ({ kind: 'many' as const, at, times: 1000 }));
  const text = editedJson({ layers: [{ digest: 'sha256:0', size: 1 }] }, many);
  expect(text.length).toBeGreaterThan(2 ** 16);
  expect(text.length).toBeLessThan(2 ** 21);
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});
