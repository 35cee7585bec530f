import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { mutants } from '../mutants/mutants.ts';

export interface SimulationOptions {
  readonly schedules: number;
  readonly seed: number;
  readonly threads: number;
  readonly mutant?: string;
  readonly mutants?: true;
  readonly keepGoing?: true;
  readonly trace?: true;
}

const whole =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} on.`);
  };

/** The options of a command line. */
export const optionsIn = (args: readonly string[]): SimulationOptions =>
  new Command('npm run test:simulation --')
    .description(
      'Runs the six services through many small lives in virtual time, in which everything goes wrong, ' +
        'and checks that nothing is lost, doubled or stuck.',
    )
    .addOption(new Option('--schedules <n>', 'how many').default(1000).argParser(whole(1)))
    .addOption(
      new Option('--seed <n>', 'of the first schedule; the others follow from it').default(1).argParser(whole(0)),
    )
    .addOption(
      new Option('--mutant <name>', 'with a mistake that must be found').choices(mutants.map(({ name }) => name)),
    )
    .addOption(
      new Option('--mutants', 'with each mistake in turn, until it is found; so many schedules at most (10000)')
        .conflicts('mutant')
        .implies({ schedules: 10_000 }),
    )
    .addOption(new Option('--keep-going', 'does not end with the first schedule that fails'))
    .addOption(
      new Option('--trace', 'prints everything that happens in one schedule').conflicts(['mutants', 'keepGoing']),
    )
    .addOption(
      new Option('--threads <n>', 'how many run at once')
        .default(availableParallelism(), 'one per core')
        .argParser(whole(1)),
    )
    .addHelpText('after', `\nMistakes:\n${mutants.map(({ name, does }) => `  ${name.padEnd(16)} ${does}`).join('\n')}`)
    .parse(args, { from: 'user' })
    .opts<SimulationOptions>();
