import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { drawnOf, shuffled } from '../e2e/draw.ts';
import { numberFrom } from '../e2e/options.ts';
import { outcomeOf, type CheckOutcome } from './checks/outcome.ts';

const dayMs = 86_400_000;
const projects = { test: 'unit-*', services: 'services' } as const;
type Kind = keyof typeof projects;

/** The times at which the tests run. */
const clocks: Readonly<Record<string, (now: Date) => number>> = {
  month: (now) => now.getTime() + 31 * dayMs,
  year: (now) => now.getTime() + 365 * dayMs,
  // The month ends while the first files run.
  'month-end': (now) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - 40_000,
  'leap-day': () => Date.UTC(2028, 1, 29, 12),
};

const timeOf = (clock: string): number => clocks[clock]?.(new Date()) ?? Date.parse(clock);

const clockFrom = (text: string): string => {
  if (!Number.isNaN(timeOf(text))) return text;
  throw new InvalidArgumentError(`Give ${Object.keys(clocks).join(', ')}, or a time such as 2028-02-29T12:00Z.`);
};

interface Run {
  readonly kind: Kind;
  readonly clock: string;
}

interface Options {
  readonly only?: Kind;
  readonly at?: string;
  readonly share: number;
  readonly seed: number;
}

/**
 * Variables by which a program and those that it starts have another time, the same distance from the machine's for
 * all. Durations stay the machine's; faketime's remedy for another system would let Java wait for nothing. The C
 * library goes before other allocators: faketime and that of Redis would call each other for ever. Python keeps the
 * time of the machine, for faketime does not know the waits of its Kafka client.
 */
const fakedBy = (ms: number): NodeJS.ProcessEnv => ({
  ...process.env,
  LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1:libc.so.6',
  FAKETIME: `${ms < 0 ? '' : '+'}${Math.round(ms / 1000)}`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  FAKETIME_FORCE_MONOTONIC_FIX: '0',
  FAKETIME_SKIP_CMDS: 'python,python3',
});

/** The loader only warns if it does not find faketime. */
const isHere = (): boolean =>
  Number(spawnSync(process.execPath, ['-p', 'Date.now()'], { env: fakedBy(2 * dayMs) }).stdout) > Date.now() + dayMs;

const outcomeAt = async ({ kind, clock }: Run, seed: number, args: readonly string[]): Promise<CheckOutcome> => {
  const child = spawn('vitest', ['run', '--project', projects[kind], ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ASSAY_LONG_SHARE: kind === 'test' ? '0.33' : '1',
      ...fakedBy(timeOf(clock) - Date.now()),
      ASSAY_SEED: `${seed}`,
      // The reporter takes it into the command that runs a test alone.
      npm_lifecycle_event: `test:clock -- --only ${kind} --at ${clock}`,
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    output += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return outcomeOf(output, status);
};

const test = async (args: readonly string[], { only, at, share, seed }: Options): Promise<void> => {
  const all = (at ? [at] : Object.keys(clocks)).flatMap((clock) =>
    (only ? [only] : (Object.keys(projects) as Kind[])).map((kind): Run => ({ kind, clock })),
  );
  const drawn = shuffled(all, seed, ({ kind, clock }) => `${kind} ${clock}`).slice(0, drawnOf(all.length, share));
  const counts = { passed: 0, failed: 0 };
  for (const run of all.filter((each) => drawn.includes(each))) {
    console.log(`-- ${run.kind} at ${run.clock}, from ${new Date(timeOf(run.clock)).toISOString()}`);
    const { passed, failed } = await outcomeAt(run, seed, args);
    console.log(`== ${run.kind} at ${run.clock}: ${passed} passed, ${failed} failed`);
    counts.passed += passed;
    counts.failed += failed;
  }
  console.log(`${drawn.length} of ${all.length} runs, seed ${seed}\n${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
};

await new Command('clock')
  .description('Runs the tests as if on other days, by faketime: no test may depend on the day on which it runs.')
  .argument('[arguments...]', "after another --, vitest's: files, or -t with a test's name")
  .addOption(new Option('--only <kind>', 'npm test, or npm run test:services').choices(Object.keys(projects)))
  .option('--at <time>', `${Object.keys(clocks).join(', ')}, or a time such as 2028-02-29T12:00Z`, clockFrom)
  .option('--share <number>', 'how many of the runs are drawn, at least one', numberFrom(0, 1), 1)
  .option('--seed <number>', 'what draws', numberFrom(0, 2 ** 31), randomInt(2 ** 31))
  .addHelpText(
    'after',
    `
Run npm run test:services once before: at another time, Maven may not fetch Kafka,
because certificates are not valid. Programs in Go and Python keep the machine's time.`,
  )
  .action(async (args: readonly string[], options: Options) => {
    if (isHere()) return test(args, options);
    process.stderr.write('There is no faketime: apt-get install faketime\n');
    process.exitCode = 1;
  })
  .parseAsync();
