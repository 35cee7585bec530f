import { expect, it } from 'vitest';
import { bench, databaseOf } from '../../test/fixtures.ts';
import { noConfig } from '../domain/folds.ts';
import type { Config } from '../domain/state.ts';
import { lanesOf } from './lanes.ts';

const announcing: Config = {
  ...noConfig,
  announcement: {
    scanner: bench.scanner.name,
    database: bench.database,
    announced: 1,
    cause: { id: 'announcement', correlationid: 'announcement' },
  },
};
const served = (config: Config, database = bench.database): string[] =>
  lanesOf({ ...bench, database }, config, 2).map(({ lane }) => lane);

it('a runner serves pushes first, and assesses again with what is announced only', () => {
  expect(served(noConfig)).toEqual(['push', 'backfill']);
  expect(served(announcing)).toEqual(['push', 'backfill', 'rescan', 'proof']);
  expect(served(announcing, databaseOf(2))).toEqual(['push', 'backfill']);
  expect(lanesOf(bench, announcing, 1).map(({ most }) => most)).toEqual([Infinity, 1, 1, 1]);
});

it('a runner with older lists of package managers and shells assesses nothing again', () => {
  const newer: Config = { ...announcing, announcement: { ...announcing.announcement!, lists: 2 } };
  const lanes = (lists?: number) =>
    lanesOf({ ...bench, ...(lists ? { lists } : {}) }, newer, 2).map(({ lane }) => lane);
  expect([lanes(), lanes(1)]).toEqual(Array(2).fill(['push', 'backfill']));
  expect([lanes(2), lanes(3)]).toEqual(Array(2).fill(['push', 'backfill', 'rescan', 'proof']));
});

it('a runner whose build was recalled serves none', () => {
  expect(served({ ...announcing, recalled: [bench.scanner.digest] })).toEqual([]);
  expect(served({ ...announcing, recalled: [databaseOf(2).digest] })).not.toEqual([]);
});
