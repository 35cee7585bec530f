import { setTimeout as pause } from 'node:timers/promises';
import { expressionOf } from './panels.ts';
import type { Victoria } from './victoria.ts';
import { dayMs, type BoardsWorld } from './world.ts';

/** The state of a suite as one place shows it. */
export interface PlaceReport {
  readonly place: string;
  /** Services that do not work. */
  readonly dead: readonly string[];
  /** Age of the vulnerability database, in whole days. */
  readonly databaseDays: number | undefined;
  /** Parked events, as service and number. */
  readonly parked: readonly string[];
}

interface Check {
  readonly name: string;
  readonly details?: {
    readonly unwell?: readonly string[];
    readonly parked?: readonly string[];
    readonly ageSeconds?: number;
  };
}

const secondsOfDay = dayMs / 1000;
const days = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.floor(seconds / secondsOfDay);

/** Counts equal names, as `name number`. */
const counted = (names: readonly string[]): readonly string[] =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${name} ${all.length}`).toSorted();

const byDoctor = async (world: BoardsWorld): Promise<PlaceReport> => {
  const { unwell, checks } = JSON.parse(await world.command('doctor', '--json')) as {
    unwell: readonly string[];
    checks: readonly Check[];
  };
  const details = (name: string) => checks.find((check) => check.name === name)?.details;
  return {
    place: '`assay doctor`',
    dead: [...unwell].toSorted(),
    databaseDays: days(details('announced')?.ageSeconds),
    parked: counted((details('parked')?.parked ?? []).map((target) => target.split('/')[0]!)),
  };
};

/** The answers that the page Operations of the portal is made of. */
const byPortal = async (world: BoardsWorld): Promise<PlaceReport> => {
  const [{ value }, { freshness }] = await Promise.all([
    world.suite.get<{ value: readonly { name: string; status: string; parked?: number }[] }>('/assay/services'),
    world.api.announcedDatabase(),
  ]);
  return {
    place: 'page Operations',
    dead: value
      .filter(({ status }) => status !== 'ready')
      .map(({ name }) => name)
      .toSorted(),
    databaseDays: days(freshness?.ageSeconds),
    parked: value.flatMap(({ name, parked = 0 }) => (parked > 0 ? [`${name} ${parked}`] : [])).toSorted(),
  };
};

const services = ['ingestion', 'eligibility', 'sandbox-runner', 'classifier', 'recommendation', 'billing'];

/** The panels of the boards, by their own expressions. */
const byBoards = async (victoria: Victoria): Promise<PlaceReport> => {
  const [processes, ages, parked] = await Promise.all([
    victoria.query(expressionOf('pipeline', 'Processes of each service')),
    victoria.query(expressionOf('sandbox', 'Age of the database')),
    victoria.query(expressionOf('pipeline', 'Parked now')),
  ]);
  const alive = new Set(processes.map(({ labels }) => labels['service']));
  const byService = Map.groupBy(parked, ({ labels }) => labels['service']!);
  const parkedIn = [...byService].map(
    ([service, series]) => [service, series.reduce((sum, { samples }) => sum + (samples[0]?.[1] ?? 0), 0)] as const,
  );
  return {
    place: 'boards',
    dead: services.filter((service) => !alive.has(service)),
    databaseDays: days(ages[0]?.samples[0]?.[1]),
    parked: parkedIn.flatMap(([service, events]) => (events > 0 ? [`${service} ${events}`] : [])).toSorted(),
  };
};

const mostMs = 90_000;

/** The faults that all places are to show: a dead classifier, an old database and a parked event. */
const wanted = { dead: ['classifier'], databaseDays: 8, parked: ['ingestion 1'] };

const shows = ({ dead, databaseDays, parked }: PlaceReport): boolean =>
  JSON.stringify({ dead, databaseDays, parked }) === JSON.stringify(wanted);

/**
 * Makes three faults at once, asks `assay doctor`, the API of the page Operations and the panels of the boards, and
 * takes the faults back.
 *
 * @returns the report of each once all agree, or at the end of the patience
 */
export const agreementOn = async (
  world: BoardsWorld,
  victoria: Victoria,
): Promise<{ readonly agree: boolean; readonly shown: readonly PlaceReport[] }> => {
  await world.importDatabase(8 * dayMs);
  const target = await world.poison('notification.received', 'ingestion');
  await world.process('classifier').stop();
  try {
    for (const deadline = Date.now() + mostMs; ; await pause(2_000)) {
      const shown = [await byDoctor(world), await byPortal(world), await byBoards(victoria)];
      const agree = shown.every(shows);
      if (agree || Date.now() > deadline) return { agree, shown };
    }
  } finally {
    world.process('classifier').start();
    await world.process('classifier').ready();
    await world.command('drop', target, '--why', 'the end of a test');
    await world.importDatabase(dayMs / 24);
  }
};
