import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sha256 } from '../../test/layouts.ts';
import { listAt, summaryOf } from '../../test/summaries.ts';
import type { Sandbox, SandboxCommand, SandboxRun } from '../sandbox/index.ts';
import type { LayoutImage } from '../scanner/layout.ts';
import type { WitnessAnswer, WitnessLine, WitnessTask } from './program/answer.ts';
import { LayerSummaries } from './layer-summaries.ts';
import { ImageWitness } from './witness.ts';

const version = '0123456789ab';
const [a, b] = [sha256('a'), sha256('b')];
const nothing: WitnessAnswer = {
  databases: [],
  others: [],
  systems: [],
  languages: [],
  manifests: [],
  unread: [],
  notes: [],
  entries: 0,
};
const summary = summaryOf([listAt('var/lib/dpkg/status', ['bash'])]);
const printed = (...lines: readonly unknown[]): Buffer =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const answered = (diffIds: readonly string[], image = nothing): WitnessLine => ({ image, diffIds });

const exited: SandboxRun = {
  ended: 'exited',
  code: 0,
  securityViolation: false,
  stdout: Buffer.alloc(0),
  stderr: '',
  noticed: new Set(),
  isStderrWhole: true,
  wallMs: 5.4,
};

let folder: string;
let image: LayoutImage;
let summaries: LayerSummaries;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-witness-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  summaries = new LayerSummaries(join(folder, 'layers'), version);
  image = {
    configDigest: sha256('config'),
    layers: [a, b].map((digest, nth) => ({ digest, diffId: `diff ${nth}`, path: join(folder, `blob ${nth}`) })),
  };
  for (const { path, digest } of image.layers) writeFileSync(path, digest);
});

/** The folder of the inputs; each run has one of its own below. */
const inputs = (): string => folder;
const inputsLeft = (): string[] => readdirSync(folder).filter((name) => name.startsWith('input-'));

/** A witness whose runs end like this, and the commands that were run. */
const witnessOf = (...runs: readonly (Partial<SandboxRun> | Error)[]) => {
  const commands: (SandboxCommand & { task: WitnessTask; files: string[]; signal?: AbortSignal | undefined })[] = [];
  const sandbox = {
    run: async (command: SandboxCommand, signal?: AbortSignal): Promise<SandboxRun> => {
      const input = command.input ?? '';
      const task = JSON.parse(readFileSync(join(input, 'task.json'), 'utf8')) as WitnessTask;
      const run = runs[commands.length] ?? {};
      commands.push({ ...command, task, files: readdirSync(input).toSorted(), signal });
      if (run instanceof Error) throw run;
      return { ...exited, ...run };
    },
  } as unknown as Sandbox;
  const runtime = { folder: '/runtime of the host', loader: '/lib/ld.so', version };
  return { commands, witness: new ImageWitness({ sandbox, runtime, summaries, inputs: inputs() }) };
};
const look = (witness: ImageWitness, of = image, signal?: AbortSignal) =>
  witness.look(of, { timeoutMs: 60_000, ...(signal ? { signal } : {}) });

describe('a look into an image', () => {
  it('runs the program with its input alone, and reads its answer', async () => {
    const { witness, commands } = witnessOf({
      stdout: printed({ layer: a, summary }, { layer: b, summary }, answered(['diff 0', 'diff 1'])),
    });
    const { signal } = new AbortController();
    expect(await look(witness, image, signal)).toEqual({
      outcome: 'answered',
      answer: nothing,
      diffIds: ['diff 0', 'diff 1'],
    });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({
      program: '/lib/ld.so',
      runtime: '/runtime of the host',
      timeoutMs: 60_000,
      signal,
      task: { layers: [a, b].map((digest) => ({ digest, blob: digest.slice(7) })) },
      files: [a.slice(7), b.slice(7), 'task.json'].toSorted(),
    });
    expect(commands[0]?.args).toContain('--permission');
    expect(commands[0]).not.toHaveProperty('database');
    expect(witness.version).toBe(version);
  });

  it('gives a layer that was read before as its summary, and keeps what was read', async () => {
    summaries.keep(a, JSON.stringify(summary));
    const { witness, commands } = witnessOf({ stdout: printed({ layer: b, summary }, answered(['0', '1'])) });
    expect(await look(witness)).toMatchObject({ outcome: 'answered' });
    expect(commands[0]?.task.layers).toEqual([
      { digest: a, summary: `${a.slice(7)}.json` },
      { digest: b, blob: b.slice(7) },
    ]);
    expect(JSON.parse(readFileSync(summaries.pathOf(b) ?? '', 'utf8'))).toEqual(summary);
  });

  it('gives a layer that is there twice once', async () => {
    const twice = { ...image, layers: [...image.layers, ...image.layers.slice(0, 1)] };
    const { witness, commands } = witnessOf({ stdout: printed(answered(['0', '1', '0'])) });
    expect(await look(witness, twice)).toMatchObject({ outcome: 'answered' });
    expect(commands[0]?.files).toHaveLength(3);
  });

  it('is remembered for the same layers in the same order', async () => {
    const { witness, commands } = witnessOf(
      { stdout: printed(answered(['0', '1'])) },
      { stdout: printed(answered(['1', '0'])) },
    );
    expect(await look(witness)).toBe(await look(witness));
    expect(commands).toHaveLength(1);
    expect(await look(witness, { ...image, layers: image.layers.toReversed() })).toMatchObject({ diffIds: ['1', '0'] });
    expect(commands).toHaveLength(2);
  });

  it('is forgotten when there were many others', async () => {
    const runs = Array.from({ length: 66 }, () => ({ stdout: printed(answered(['0'])) }));
    const { witness, commands } = witnessOf(...runs);
    const nth = (n: number): LayoutImage => ({
      ...image,
      layers: [{ digest: sha256(`layer ${n}`), diffId: '0', path: image.layers[0]?.path ?? '' }],
    });
    for (let n = 0; n < 65; n++) await look(witness, nth(n));
    await look(witness, nth(64));
    expect(commands).toHaveLength(65);
    await look(witness, nth(0));
    expect(commands).toHaveLength(66);
  });

  it('is not remembered if its answer is long: many of them would fill the memory', async () => {
    const systems = Array.from({ length: 3_000 }, () => ({ source: 'x'.repeat(100), system: '', version: '' }));
    const whole = answered(['0', '1']) as { image: object; diffIds: readonly string[] };
    const long = { stdout: printed({ ...whole, image: { ...whole.image, systems } } as never) };
    const { witness, commands } = witnessOf(long, long);
    expect(await look(witness)).toMatchObject({ outcome: 'answered' });
    expect(await look(witness)).toMatchObject({ outcome: 'answered' });
    expect(commands).toHaveLength(2);
  });

  it('leaves no input behind, however it ends', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { witness, commands } = witnessOf({ code: 1 }, new Error('no sandbox'));
    await look(witness);
    await expect(look(witness)).rejects.toThrow('no sandbox');
    expect(new Set(commands.map(({ input }) => input)).size).toBe(2);
    expect(inputsLeft()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000);
    vi.useRealTimers();
    await expect.poll(inputsLeft).toEqual([]);
  });

  it('lets the user of the sandbox read its input', async () => {
    let mode = 0;
    const sandbox = {
      run: async ({ input = '' }: SandboxCommand) => {
        mode = statSync(input).mode & 0o777;
        return exited;
      },
    } as unknown as Sandbox;
    await new ImageWitness({ sandbox, runtime: { folder, loader: '', version }, summaries, inputs: inputs() }).look(
      image,
      {
        timeoutMs: 1,
      },
    );
    expect(mode).toBe(0o755);
  });
});

describe('a run that gives no answer', () => {
  it.each<[string, Partial<SandboxRun>, object]>([
    ['was stopped for its time', { ended: 'killed', killedFor: 'timeout' }, { code: 'timeout' }],
    ['was stopped for its memory', { ended: 'killed', killedFor: 'memory' }, { code: 'out-of-memory' }],
    ['was stopped for its output', { ended: 'killed', killedFor: 'stdout' }, { code: 'too-much-output' }],
    [
      'made a forbidden call',
      { ended: 'signalled', code: 159, securityViolation: true },
      { code: 'security-violation', message: 'the witness made a forbidden system call and was stopped' },
    ],
    ['crashed', { ended: 'signalled', code: 139 }, { code: 'witness-failed' }],
    ['ended badly', { code: 1, stderr: `${'x'.repeat(600)}the reason` }, { code: 'witness-failed' }],
  ])('because it %s is a failure', async (_, run, expected) => {
    // Output before the end counts for nothing.
    const stdout = printed({ layer: a, summary }, answered(['0', '1']));
    const { witness, commands } = witnessOf({ stdout, ...run }, { stdout });
    const outcome = await look(witness);
    expect(outcome).toMatchObject({ outcome: 'failed', ...expected });
    expect('message' in outcome && outcome.message.length).toBeLessThan(600);
    expect(summaries.pathOf(a)).toBe(undefined);
    // It is not remembered.
    expect(await look(witness)).toMatchObject({ outcome: 'answered' });
    expect(commands).toHaveLength(2);
  });

  it('because it was cancelled is cancelled', async () => {
    const { witness } = witnessOf({ ended: 'killed', killedFor: 'cancelled' });
    expect(await look(witness)).toEqual({ outcome: 'cancelled' });
  });

  it('because the sandbox did not start is an error', async () => {
    await expect(look(witnessOf(new Error('no sandbox')).witness)).rejects.toThrow('no sandbox');
  });

  it('because a layer is not on the disk is an error of the system, not of the image', async () => {
    rmSync(image.layers[1]?.path ?? '');
    await expect(look(witnessOf().witness)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('output in another form', () => {
  const good = answered(['0', '1']);
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('hello\n')],
    ['half a line', printed(good).subarray(0, -1)],
    ['an answer without diff ids', printed({ image: nothing })],
    ['too few diff ids', printed(answered(['0']))],
    ['an answer with something else', printed({ ...good, more: 1 })],
    ['an answer with something else inside', printed({ ...good, image: { ...nothing, findings: [] } })],
    [
      'a database of an unknown kind',
      printed({ ...good, image: { ...nothing, databases: [{ kind: 'nix', path: 'x' }] } }),
    ],
    [
      'a package of three words',
      printed({ ...good, image: { ...nothing, others: [{ kind: 'rpm', path: 'x', packages: [['a', 'b', 'c']] }] } }),
    ],
    ['a negative count', printed({ ...good, image: { ...nothing, entries: -1 } })],
    [
      'a path of megabytes',
      printed({ ...good, image: { ...nothing, unread: [{ path: 'x'.repeat(5000), reason: 'y' }] } }),
    ],
    ['the answer twice', printed(good, good)],
    ['a layer behind the answer', printed(good, { layer: a, summary })],
    ['a line that is empty', Buffer.concat([Buffer.from('\n'), printed(good)])],
    ['JSON nested deeply', Buffer.from(`${'['.repeat(100)}\n`)],
    ['invalid UTF-8', Buffer.concat([Buffer.from([0xff, 0x0a]), printed(good)])],
  ])('is refused: %s', async (_, stdout) => {
    const { witness } = witnessOf({ stdout });
    expect(await look(witness)).toMatchObject({ outcome: 'failed', code: 'witness-failed' });
  });

  it.each<[string, readonly unknown[]]>([
    ['of a layer of another image', [{ layer: sha256('c'), summary }]],
    [
      'of one layer twice',
      [
        { layer: a, summary },
        { layer: a, summary },
      ],
    ],
    ['that is none', [{ layer: a, summary: {} }]],
    ['of a path', [{ layer: '../../x', summary }]],
  ])('is refused with a summary %s, and nothing is kept of it', async (_, lines) => {
    const { witness } = witnessOf({ stdout: printed({ layer: b, summary }, ...lines, good) });
    expect(await look(witness)).toMatchObject({
      outcome: 'failed',
      code: 'witness-failed',
      message: 'the witness printed a summary of another layer',
    });
    expect([a, b].map((digest) => summaries.pathOf(digest))).toEqual([undefined, undefined]);
  });

  it('is refused with a summary of a layer that is known: what is known stays', async () => {
    summaries.keep(a, '{"known":true}');
    const { witness } = witnessOf({ stdout: printed({ layer: a, summary }, answered(['0', '1'])) });
    expect(await look(witness)).toMatchObject({ code: 'witness-failed' });
    expect(readFileSync(summaries.pathOf(a) ?? '', 'utf8')).toBe('{"known":true}');
    expect(existsSync(summaries.pathOf(b) ?? '')).toBe(false);
  });
});
