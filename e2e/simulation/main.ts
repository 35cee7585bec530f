// Holds the metadata that decorators write.
import 'reflect-metadata';
import { alone, failedMark } from '../../tools/checks/alone.ts';
import { isFoundBy, mutantCalled, mutants } from './mutants/mutants.ts';
import { optionsIn } from './running/options.ts';
import { run } from './running/run.ts';
import { failure, faults, number, summary } from './running/report.ts';
import { runSchedule, type ScheduleOutcome } from './schedule.ts';

const options = optionsIn(process.argv.slice(2));
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const reportEveryMs = 10_000;

/** Every mutant must be found, those with a law of their own by that law, or the simulation is worth nothing. */
const findMutants = async (): Promise<boolean> => {
  let missed = 0;
  for (const mutant of mutants) {
    const { name, does } = mutant;
    const isSought = ({ broken: [first] }: ScheduleOutcome): boolean => isFoundBy(mutant, first!.invariant);
    const { done, failed, seconds } = await run({ ...options, mutant: name, isSought });
    const found = failed.find(isSought);
    const others = new Set(failed.filter((each) => !isSought(each)).map(({ broken }) => broken[0]!.invariant));
    if (!found) missed += 1;
    print(`${found ? 'caught' : 'MISSED'}  ${name.padEnd(16)} ${does}`);
    print(
      found
        ? `        within ${number(done)} schedules, ${seconds.toFixed(0)} s; seed ${found.seed}: ` +
            `${found.broken[0]!.invariant}`
        : `        not within ${number(done)} schedules, ${seconds.toFixed(0)} s`,
    );
    if (others.size > 0) print(`        in other schedules: ${[...others].join('; ')}`);
  }
  print(`${mutants.length - missed} of ${mutants.length} mutants caught`);
  return missed === 0;
};

const runMany = async (): Promise<boolean> => {
  const began = performance.now();
  let reportedAt = began;
  const printFailure = (failed: ScheduleOutcome): void => print(failure(failed, options.mutant));
  const ran = await run({
    ...options,
    onFailed: printFailure,
    progress: (done, failed) => {
      if (performance.now() - reportedAt < reportEveryMs) return;
      reportedAt = performance.now();
      print(
        `${number(done)} of ${number(options.schedules)} schedules, ` +
          `${number((done * 1000) / (reportedAt - began))}/s${failed > 0 ? `, ${number(failed)} failed` : ''}`,
      );
    },
  });
  if (!options.keepGoing) for (const failed of ran.failed.slice(0, 1)) printFailure(failed);
  print(`faults:\n${faults(ran.counts)}`);
  print(summary(ran));
  for (const { seed, broken } of ran.failed) {
    print(`${failedMark}seed ${seed}: ${broken[0]!.invariant}`);
    print(
      alone('test:simulation', [
        '--schedules',
        '1',
        '--seed',
        `${seed}`,
        ...(options.mutant ? ['--mutant', options.mutant] : []),
        '--trace',
      ]),
    );
  }
  return ran.failed.length === 0;
};

const traceOne = async (): Promise<boolean> => {
  const outcome = await runSchedule({ seed: options.seed, mutant: mutantCalled(options.mutant ?? ''), line: print });
  print(outcome.broken.length > 0 ? failure(outcome, options.mutant) : `seed ${outcome.seed}: all held`);
  return outcome.broken.length === 0;
};

const held = await (options.trace ? traceOne() : options.mutants ? findMutants() : runMany());
process.exitCode = held ? 0 : 1;
