import { describe, expect, it } from 'vitest';
import { obstacles, type Evidence } from '@assay/verdict';
import { dataOf } from '../../../../../libs/read-model/test/fixtures.ts';
import { appliedObstacles, evidenceOfScan, meaningOf } from './obstacles.ts';

const scan = dataOf('scan.completed');
const classified = dataOf('finding.classified');
const evidence = evidenceOfScan(scan, classified);
const effectsOf = (changes: Partial<Evidence>, active = 0): string[] =>
  appliedObstacles({ ...evidence, ...changes }, active).applied.map(({ reason, effect }) => `${reason} ${effect}`);
const ended = { family: 'debian', version: '8', endOfLife: true };
const { witness: _witness, ...unwitnessed } = evidence;

describe('the obstacles that applied to an image', () => {
  it('each have a meaning', () =>
    expect(
      obstacles.map(({ reason }) => meaningOf(typeof reason === 'string' ? reason : 'failed/unknown')),
    ).not.toContain('see docs/usage.md'));

  it('are none for an image that is healthy', () =>
    expect(appliedObstacles(evidence, 0)).toEqual({ applied: [], stands: { status: 'healthy' } }));

  it('name the first that decided, and those that would have', () =>
    expect([
      effectsOf({ os: ended }),
      appliedObstacles({ ...unwitnessed, os: ended }, 0).applied.map(({ effect }) => effect),
    ]).toEqual([['operating-system-end-of-life decided'], ['decided', 'applied']]));

  it('are one only, if there is no result', () =>
    expect(effectsOf({ outcome: 'failed', failure: 'bad-manifest', os: ended })).toEqual([
      'failed/bad-manifest decided',
    ]));

  it('have each reason once, at its first place', () =>
    expect(effectsOf({ os: { family: 'unheard', version: '', endOfLife: false } })).toEqual([
      'operating-system-not-supported decided',
    ]));

  it('are outweighed by findings, but for those that count more', () => {
    expect(effectsOf({ os: ended }, 1)).toEqual(['operating-system-end-of-life outweighed']);
    const bare = { count: 3, packageManager: false, shell: false };
    expect(effectsOf({ system: bare, os: ended }, 1)).toEqual([
      'no-package-manager decided',
      'no-shell applied',
      'operating-system-end-of-life applied',
    ]);
    expect(effectsOf({ system: bare, parked: true }, 1)).toEqual([
      'parked outweighed',
      'no-package-manager decided',
      'no-shell applied',
    ]);
    expect(effectsOf({ system: bare, mode: 'extended', os: ended }, 1)).toEqual([
      'operating-system-end-of-life outweighed',
    ]);
  });
});

describe('the evidence of a classification', () => {
  it('is that of its scan', () => {
    expect(evidence).toMatchObject({
      outcome: 'succeeded',
      recalled: false,
      mode: 'classic',
      system: { count: 78, packageManager: true, shell: true },
      witness: { disagreements: [] },
      evaluatedMs:
        Date.parse(scan.receivedAt) > Date.parse(scan.startedAt)
          ? Date.parse(scan.receivedAt)
          : Date.parse(scan.startedAt),
    });
    expect(evidenceOfScan({ ...scan, outcome: 'failed', reason: 'bad-manifest' }, classified)).toMatchObject({
      outcome: 'failed',
      failure: 'bad-manifest',
    });
    expect(evidenceOfScan(scan, { ...classified, reason: 'scanner-recalled' }).recalled).toBe(true);
  });

  it('has the packages of the inventory, if there is one', () => {
    const inventory = { packages: 9, systemPackages: 5, packageManagers: ['apt'], shells: [], languages: [] };
    expect(evidenceOfScan({ ...scan, inventory }, classified).system).toEqual({
      count: 5,
      packageManager: true,
      shell: false,
    });
  });

  it('is that of an older event without an inventory', () => {
    const { inventory: _, ...older } = scan;
    const system = { count: 3, packageManager: false, shell: true };
    expect(evidenceOfScan(older, { system }).system).toEqual(system);
    expect(evidenceOfScan(older, {}).system?.count).toBe(0);
  });
});
