import type { InputGroup, Input } from './input.ts';
import { Aftermath } from './scene/aftermath.ts';
import { Ordinary } from './scene/ordinary.ts';
import { inWorld, type HostileWorld, type WorldOptions } from './scene/world.ts';

export interface Line {
  readonly driver: string;
  readonly row: string;
  readonly title: string;
  readonly source?: string;
  readonly held: boolean;
  readonly happened: string;
  readonly ms: number;
}

export interface HostileRun {
  /** Slow inputs; they run in parallel to the groups. */
  readonly patient: readonly Input[];
  readonly groups: readonly InputGroup[];
  readonly report: (line: Line) => void;
}

/** Inputs of a group that run concurrently. */
const atOnce = 4;

/**
 * Runs all inputs against one suite. Reports each when it has ended, and each check of what must hold afterwards as a
 * line of its own.
 */
export const runIn = (options: WorldOptions, { patient, groups, report }: HostileRun): Promise<void> =>
  inWorld(options, async (world) => {
    const reported = async (
      line: Omit<Line, 'driver' | 'held' | 'happened' | 'ms'>,
      work: () => Promise<string>,
    ): Promise<void> => {
      const began = performance.now();
      const [held, happened] = await work().then(
        (outcome) => [true, outcome] as const,
        (error: unknown) => [false, error instanceof Error ? error.message : String(error)] as const,
      );
      report({ driver: options.driver, ...line, held, happened, ms: performance.now() - began });
    };
    const ordinary = options.scanner ? undefined : await Ordinary.look(world);
    const aftermath = new Aftermath(world);
    const one = ({ row, title, source, happen }: Input): Promise<void> =>
      reported({ row, title, ...(source === undefined ? {} : { source }) }, async () => {
        const happened = await happen(world);
        aftermath.untouched();
        return happened;
      });
    const waiting = Promise.all(patient.map(one));
    for (const { name, inputs, oneByOne } of groups) {
      await several(inputs, oneByOne ? 1 : atOnce, one);
      if (ordinary)
        await reported({ row: '-', title: `after ${name}: an ordinary image is scanned as before` }, async () => {
          await ordinary.again(world);
          return 'so it is';
        });
    }
    await waiting;
    await reported({ row: '-', title: 'at the end nothing is left' }, () => ended(world, aftermath, ordinary));
  });

const ended = async (world: HostileWorld, aftermath: Aftermath, ordinary: Ordinary | undefined): Promise<string> => {
  await ordinary?.again(world);
  aftermath.untouched();
  return aftermath.gone();
};

const several = async (
  inputs: readonly Input[],
  many: number,
  work: (input: Input) => Promise<void>,
): Promise<void> => {
  const left = inputs.values();
  await Promise.all(
    Array.from({ length: many }, async () => {
      for (const input of left) await work(input);
    }),
  );
};
