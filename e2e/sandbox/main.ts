import { rmSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { Command, Option } from 'commander';
import { alone, failedMark, literally } from '../../tools/checks/alone.ts';
import { openRunDirectory } from '../../apps/sandbox-runner/src/sandbox/run/run-directory.ts';
import type { SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import { Staging } from '../../apps/sandbox-runner/src/sandbox/run/staging.ts';
import { hasWall, wallIds, walls, type WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { driversHere } from '../../apps/sandbox-runner/test/sandboxes.ts';
import { numberFrom, patternFrom } from '../options.ts';
import type { Attack } from './attack.ts';
import { attacks } from './attacks/index.ts';
import { compile, CompilerError } from './compile.ts';
import { drawn } from './draw.ts';
import { openScene } from './scene.ts';
import { tryAttack, type TrialStage, type Tried } from './tried.ts';

class NoAttack extends Error {}

interface Options {
  readonly driver?: string;
  readonly only?: RegExp;
  readonly json?: boolean;
  readonly share: number;
  readonly seed: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const oneLine = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
const isRoot = process.getuid?.() === 0;

const lineOf = ({
  driver,
  attack,
  outcome: { how, detail },
  without,
  notOnThisKernel,
  weak,
  stoppedBy,
}: Tried): string => {
  const label = how === 'held' ? 'held   ' : how === 'escaped' ? 'ESCAPED' : 'UNCLEAR';
  const seen = notOnThisKernel
    ? 'this kernel refuses it in any case'
    : without === undefined
      ? driver === 'gvisor'
        ? 'not tried, for they are within runsc'
        : 'not tried, for that needs root'
      : `${without.how}: ${without.detail}`;
  const weaker = weak
    .map(({ wall, outcome }) => `; ALONE DOES NOT HOLD: ${wall} (${outcome.how}: ${outcome.detail})`)
    .join('');
  return oneLine(
    `${label}  ${driver.padEnd(10)}  ${attack}: ${detail}  |  without ${stoppedBy.join(', ')}: ${seen}${weaker}`,
  );
};

/** gVisor replaces some walls by its own; attacks that only those walls stop are not tried there. */
const fits = ({ stoppedBy, seenFromHost }: Attack, driver: SandboxDriver): boolean =>
  driver !== 'gvisor' || (!seenFromHost && stoppedBy.some((wall) => hasWall(wall, driver, isRoot)));

const atOnce = 2;

const wallsOf = (driver: SandboxDriver): readonly WallId[] => wallIds.filter((wall) => hasWall(wall, driver, isRoot));

/** Tries all drawn attacks, several at once. */
const tryAll = async (
  stage: Omit<TrialStage, 'driver'>,
  drivers: typeof driversHere,
  { only = /^/, ...draw }: Options,
  report: (tried: Tried) => void,
): Promise<void> => {
  for (const driver of drivers) {
    const left = [
      ...drawn(
        attacks.filter((attack) => only.test(attack.name) && fits(attack, driver)),
        wallsOf(driver),
        draw,
      ),
    ];
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let attack = left.shift(); attack; attack = left.shift())
          report(await tryAttack(attack, { ...stage, driver }));
      }),
    );
  }
};

interface Verdict {
  /** Attacks that do not get through without the walls that stop them: they prove nothing. */
  readonly blind: readonly Tried[];
  /** Attacks that one of their walls does not stop alone. */
  readonly weak: readonly Tried[];
  /** Walls that no attack got past when they were removed. */
  readonly unseen: readonly { readonly driver: string; readonly wall: WallId }[];
  /** Walls like `unseen`, if this kernel refuses every attack that they stop. */
  readonly hidden: readonly { readonly driver: string; readonly wall: WallId }[];
  readonly wallCount: number;
}

/** A selection of attacks proves nothing about walls that it does not touch. */
const verdictOn = (all: readonly Tried[], drivers: typeof driversHere, isChoice: boolean): Verdict => {
  const about = ({ driver, wall }: { driver: string; wall: WallId }) =>
    all.filter((one) => one.driver === driver && one.stoppedBy.includes(wall));
  const present = drivers
    .filter((driver) => driver !== 'gvisor')
    .flatMap((driver) => wallsOf(driver).map((wall) => ({ driver, wall })))
    .filter((one) => !isChoice || about(one).length > 0);
  const missed = present.filter(
    (one) =>
      !about(one).some(
        ({ without, weak }) => without?.how === 'escaped' && weak.every(({ wall }) => wall !== one.wall),
      ),
  );
  const isHidden = (one: { driver: string; wall: WallId }) =>
    about(one).length > 0 &&
    about(one).every(({ notOnThisKernel, without }) => notOnThisKernel || without === undefined);
  return {
    blind: all.filter(
      ({ without, notOnThisKernel }) => without !== undefined && without.how !== 'escaped' && !notOnThisKernel,
    ),
    weak: all.filter((tried) => tried.weak.length > 0 && !tried.notOnThisKernel),
    unseen: missed.filter((one) => !isHidden(one)),
    hidden: missed.filter(isHidden),
    wallCount: present.length,
  };
};

const printVerdict = ({ blind, weak, unseen, hidden, wallCount }: Verdict): void => {
  for (const { driver, attack } of blind)
    print(`BLIND: ${driver}: '${attack}' is not seen to escape without the walls that stop it`);
  for (const { driver, attack, weak: weaker } of weak)
    print(`WEAK: ${driver}: '${attack}' is not stopped by ${weaker.map(({ wall }) => wall).join(', ')} alone`);
  for (const { driver, wall } of unseen)
    print(`UNSEEN: ${driver}: nothing escaped for want of ${wall} (${walls[wall].name})`);
  for (const { driver, wall } of hidden) print(`${driver}: this machine refuses in any case what ${wall} stops`);
  print(`${wallCount} walls were taken away, ${wallCount - unseen.length - hidden.length} of them seen to be missing`);
};

const sandbox = async (options: Options): Promise<void> => {
  const { driver: one, only, json = false, share, seed } = options;
  if (only && !attacks.some(({ name }) => only.test(name)))
    throw new NoAttack(`no attack has a name that fits ${only.source}`);
  if (share < 1 && !json) print(`seed ${seed}`);
  const folder = await openRunDirectory(process.env['ASSAY_RUN_DIRECTORY']);
  const all: Tried[] = [];
  const drivers = driversHere.filter((driver) => one === undefined || driver === one);
  try {
    const { attacker, shim } = compile(folder);
    const scene = await openScene(folder, attacker);
    try {
      await tryAll({ scene, shim, staging: new Staging(folder) }, drivers, options, (tried) => {
        all.push(tried);
        if (!json) print(lineOf(tried));
      });
    } finally {
      scene.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const verdict = verdictOn(all, drivers, only !== undefined);
  const { blind, weak, unseen, hidden } = verdict;
  const escaped = all.filter(({ outcome }) => outcome.how !== 'held').length;
  const failures = escaped + blind.length + weak.length + unseen.length;
  if (json) print(JSON.stringify({ held: all.length - escaped, escaped, unseen, hidden, tried: all }, undefined, 2));
  else {
    printVerdict(verdict);
    for (const { driver, attack } of new Set([
      ...all.filter(({ outcome }) => outcome.how !== 'held'),
      ...blind,
      ...weak,
    ])) {
      print(`${failedMark}${driver}: ${attack}`);
      print(alone('test:sandbox', ['--driver', driver, '--only', `^${literally(attack)}$`]));
    }
    print(`${all.length - escaped} held, ${escaped} escaped`);
  }
  process.exitCode = failures === 0 ? 0 : 1;
};

await new Command('sandbox')
  .description(
    "Puts an attacker into the scanner's place in each sandbox, tries its attacks one by one, and takes " +
      'away the walls that stop them.',
  )
  .addOption(new Option('--driver <driver>', 'one sandbox driver instead of all that are here').choices(driversHere))
  .option('--only <pattern>', 'attacks whose name fits', patternFrom)
  .option(
    '--share <number>',
    'how many of the attacks are drawn, beside those that it takes to see each wall',
    numberFrom(0, 1),
    1,
  )
  .option('--seed <number>', 'what draws', numberFrom(0, 2 ** 47), randomInt(2 ** 31))
  .option('--json', 'all of it, for machines')
  .addHelpText(
    'after',
    `
Each line is an attack: what came of it, and, behind the bar, what came of it
without the walls that stop it. Each of these walls is tried alone as well. Exit 0
where all held, and every wall was seen to be missing when it was.`,
  )
  .action(async (options: Options) => {
    try {
      await sandbox(options);
    } catch (error) {
      if (!(error instanceof CompilerError || error instanceof NoAttack)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();
