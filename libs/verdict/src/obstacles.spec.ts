import fc from 'fast-check';
import { expect, it } from 'vitest';
import { disagreementKinds, modes, outcomes } from '@assay/events';
import {
  doubtsIn,
  obstacleIn,
  obstacles,
  packageManagersIn,
  shellsIn,
  standing,
  systemPackages,
  systemPackagesIn,
  type Evidence,
} from './index.ts';

const system: fc.Arbitrary<Evidence['os']> = fc.record({
  family: fc.constantFrom('debian', 'none', '', 'unheard'),
  version: fc.constantFrom('13.0', ''),
  endOfLife: fc.boolean(),
  known: fc.boolean(),
});
const evidence = fc.record(
  {
    outcome: fc.constantFrom(...outcomes),
    recalled: fc.boolean(),
    databaseRecalled: fc.boolean(),
    mode: fc.constantFrom(...modes),
    os: system,
    evaluatedMs: fc.constantFrom(0, 1e12, Number.NaN),
    stale: fc.boolean(),
    parked: fc.boolean(),
    witness: fc.record({
      unread: fc.constantFrom([], [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }]),
      disagreements: fc.subarray(
        [...disagreementKinds, 'unheard'].map((what) => ({ what, path: '', scanner: 0, witness: 1, examples: [] })),
      ),
    }),
    warnings: fc.constantFrom([], ['packages-unreadable'], ['unheard']),
    uncovered: fc.record(
      { system: fc.constant('debian 13'), languages: fc.constantFrom([], ['jar']) },
      { requiredKeys: [] },
    ),
    system: fc.record({ count: fc.nat({ max: 1 }), packageManager: fc.boolean(), shell: fc.boolean() }),
    database: fc.record({
      builtAt: fc.constantFrom('1970-01-01T00:00:00Z', 'x'),
      demonstration: fc.boolean(),
      covers: fc.constantFrom(['debian 13'], []),
    }),
  },
  { requiredKeys: ['outcome', 'recalled', 'mode', 'evaluatedMs', 'database'] },
) as fc.Arbitrary<Evidence>;

it('reports healthy only without obstacles and without active findings', () =>
  fc.assert(
    fc.property(evidence, fc.nat({ max: 2 }), (known, active) => {
      const holding = obstacles.filter(({ when }) => when(known));
      expect(standing(known, active).status === 'healthy').toBe(holding.length === 0 && active === 0);
      expect(obstacleIn(known) === undefined).toBe(holding.length === 0);
    }),
  ));

it('reports unhealthy for any finding of a scan, in classic mode only if the system is assessed', () =>
  fc.assert(
    fc.property(evidence, fc.integer({ min: 1, max: 3 }), (known, active) => {
      const stronger = obstacles.filter(
        ({ against, when }) =>
          (against === 'everything' || (against === 'findings' && known.mode === 'classic')) && when(known),
      );
      expect(standing(known, active).status === 'unhealthy').toBe(stronger.length === 0);
    }),
  ));

it('knows package managers and shells by their names', () => {
  expect(systemPackages(['apt', 'libc6'])).toEqual({ count: 2, packageManager: true, shell: false });
});

/** Evidence for a clean bill: each field that a test takes away or changes makes a doubt. */
const clean: Evidence = {
  outcome: 'succeeded',
  recalled: false,
  mode: 'classic',
  os: { family: 'debian', version: '13.0', endOfLife: false },
  evaluatedMs: 0,
  system: { count: 2, packageManager: true, shell: true },
  witness: { unread: [], disagreements: [] },
  database: { builtAt: '1970-01-01T00:00:00Z', demonstration: false },
};
const { witness: _witness, ...unwitnessed } = clean;
const disagreeing = (...kinds: readonly string[]): Evidence => ({
  ...clean,
  witness: {
    unread: [],
    disagreements: kinds.map((what) => ({ what, path: 'var/lib/dpkg/status', scanner: 1, witness: 2, examples: [] })),
  },
});

it.each<[string, Evidence]>([
  ['packages-unreadable', { ...clean, warnings: ['packages-unreadable'] }],
  ['not-witnessed', unwitnessed],
  ['inventory-unread', { ...clean, witness: { unread: [{ path: 'x', reason: 'berkeley-db' }], disagreements: [] } }],
  ['no-package-database', disagreeing('no-database')],
  ['system-unclear', disagreeing('system')],
  ['system-unclear', disagreeing('several-systems')],
  ['system-unclear', disagreeing('database-kind')],
  ['inventory-disagrees', disagreeing('packages')],
  ['inventory-disagrees', disagreeing('other-database')],
  ['inventory-disagrees', disagreeing('a kind of a later release')],
])('an image without findings is undetermined: %s', (reason, evidence) => {
  expect(standing(clean, 0)).toEqual({ status: 'healthy' });
  expect(standing(evidence, 0)).toEqual({ status: 'undetermined', reason });
  expect(standing(evidence, 1)).toEqual({ status: 'unhealthy' });
  expect([doubtsIn(clean), doubtsIn(evidence)]).toEqual([[], [reason]]);
});

it('lists all doubts in the order of the rows, each reason once', () => {
  const { witness } = disagreeing('packages', 'system', 'database-kind', 'other-database', 'no-database');
  expect(
    doubtsIn({
      ...clean,
      warnings: ['packages-unreadable'],
      os: { family: 'unheard', version: '', endOfLife: true },
      witness: { unread: [{ path: 'x', reason: 'berkeley-db' }], disagreements: witness?.disagreements ?? [] },
    }),
  ).toEqual([
    'operating-system-not-supported',
    'packages-unreadable',
    'inventory-unread',
    'no-package-database',
    'system-unclear',
    'inventory-disagrees',
    'operating-system-end-of-life',
  ]);
});

it('doubts an image whose release or, in extended mode, whose language the database does not know', () => {
  const [system, languages, unsourced] = ['debian 13', ['node-pkg'], ['conda-pkg']] as const;
  const missing = { status: 'undetermined', reason: 'advisories-missing' };
  for (const mode of modes)
    expect(standing({ ...clean, mode, uncovered: { system, languages: [...languages] } }, 0)).toEqual(missing);
  expect(standing({ ...clean, mode: 'extended', uncovered: { languages: [...languages] } }, 0)).toEqual(missing);
  expect(standing({ ...clean, mode: 'classic', uncovered: { languages: [...languages] } }, 0).status).toBe('healthy');
  expect(standing({ ...clean, mode: 'extended', uncovered: { unsourced: [...unsourced] } }, 0).status).toBe('healthy');
  // It has findings all the same.
  expect(standing({ ...clean, uncovered: { system } }, 1).status).toBe('unhealthy');
});

it('lists no doubt that follows from another one', () => {
  const { os: _os, system: _system, ...bare } = { ...clean, database: { ...clean.database, covers: ['debian 13'] } };
  expect(doubtsIn(bare)).toEqual(['no-operating-system', 'no-packages']);
  expect(doubtsIn({ ...clean, system: { count: 1, packageManager: false, shell: false } })).toEqual([
    'no-package-manager',
    'no-shell',
  ]);
});

it('lists only the lack of a result, if there is none', () => {
  expect(doubtsIn({ ...unwitnessed, outcome: 'timed-out', failure: 'deadline' })).toEqual(['timed-out']);
  expect(doubtsIn({ ...unwitnessed, outcome: 'failed', failure: 'gone', recalled: true })).toEqual(['failed/gone']);
  expect(doubtsIn({ ...unwitnessed, recalled: true })).toEqual(['scanner-recalled']);
  expect(doubtsIn({ ...unwitnessed, databaseRecalled: true })).toEqual(['database-recalled']);
  expect(standing({ ...clean, databaseRecalled: true }, 1)).toEqual({
    status: 'undetermined',
    reason: 'database-recalled',
  });
});

it('has no doubt about a healthy image, and reports the first doubt about any other', () =>
  fc.assert(
    fc.property(evidence, (known) => {
      const [first] = doubtsIn(known);
      expect(standing(known, 0).status === 'healthy').toBe(first === undefined);
      if (first !== undefined && known.outcome === 'succeeded' && !known.recalled && !known.databaseRecalled)
        expect(standing(known, 0).reason).toBe(first);
    }),
  ));

it('takes the facts about the system from an inventory, if there is one', () => {
  const inventory = { packages: 9, systemPackages: 2, packageManagers: ['apt'], shells: [], languages: ['node-pkg'] };
  expect(systemPackagesIn(inventory)).toEqual({ count: 2, packageManager: true, shell: false });
  expect(systemPackagesIn({ ...inventory, packageManagers: [], shells: ['bash'] })).toEqual({
    count: 2,
    packageManager: false,
    shell: true,
  });
  expect([packageManagersIn(['apt', 'libc6', 'bash']), shellsIn(['apt', 'libc6', 'bash'])]).toEqual([
    ['apt'],
    ['bash'],
  ]);
});
