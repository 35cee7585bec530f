import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { numberFrom, patternFrom } from '../../e2e/options.ts';
import { alone, aloneMark, npmOf } from './alone.ts';
import { outcomeOf, type CheckOutcome } from './outcome.ts';
import { moreSteps, steps, type Draw, type CheckStep } from './steps.ts';

interface Options extends Draw {
  readonly only?: RegExp;
  readonly atOnce: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 1000);

/** Runs a check to its end, then prints its output in one piece, so that concurrent checks do not mix. */
const run = async ({ script, what, args, env }: CheckStep, draw: Draw): Promise<CheckOutcome> => {
  const given = args?.(draw) ?? [];
  const name = [npmOf(script), ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
  print(`-- ${name}: ${what}`);
  const began = performance.now();
  const child = spawn('npm', ['run', '--silent', script, '--', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ASSAY_SEED: `${draw.seed}`, ...env?.(draw) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [status] = (await once(child, 'close')) as [number | null];
  const { passed, failed, failures } = outcomeOf(output, status);
  print(`== ${name}\n${output.trimEnd()}\n== ${name}: ${passed} passed, ${failed} failed, ${secondsSince(began)} s`);
  const again =
    failures.length > 0 && !failures.some((line) => line.startsWith(aloneMark))
      ? [alone(script, given, `${draw.seed}`)]
      : [];
  return {
    passed,
    failed,
    failures: failures.length > 0 ? [`${name}:`, ...[...failures, ...again].map((line) => `    ${line}`)] : [],
  };
};

const checks = async ({ only, atOnce, ...draw }: Options): Promise<void> => {
  const began = performance.now();
  const chosen = [...steps, ...(draw.all ? moreSteps : [])].filter(
    ({ script, what }) => only?.test(`${script} ${what}`) ?? true,
  );
  print(`seed ${draw.seed}, ${draw.all ? 'all of each check' : 'a share of the long ones'}`);
  const outcomes: CheckOutcome[] = [];
  const left = chosen.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const step of left) outcomes.push(await run(step, draw));
    }),
  );
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  if (failures.length > 0) print(`== what failed\n${failures.join('\n')}`);
  const [passed, failed] = [
    outcomes.reduce((sum, outcome) => sum + outcome.passed, 0),
    outcomes.reduce((sum, outcome) => sum + outcome.failed, 0),
  ];
  print(
    `${chosen.length} checks in ${secondsSince(began)} s; ` +
      `again: npm run checks -- --seed ${draw.seed}${draw.all ? ' --all' : ''}`,
  );
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
};

await new Command('checks')
  .description(
    'Everything that shows that the project is whole, several checks at once; ' +
      'of the long ones a share that the seed draws.',
  )
  .option('--all', 'all of each check, and what takes too long for every change (npm run test:all)', false)
  .option('--seed <number>', 'what draws', numberFrom(1, 999_999_999, true), randomInt(1, 1_000_000_000))
  .option('--only <pattern>', 'checks whose name or description fits', patternFrom)
  .option('--at-once <number>', 'how many are under way', numberFrom(1, 16, true), 2)
  .addHelpText(
    'after',
    `\nChecks:\n${[...steps, ...moreSteps].map(({ script, what }) => `  ${script.padEnd(17)} ${what}`).join('\n')}`,
  )
  .action(checks)
  .parseAsync();
