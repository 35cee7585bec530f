import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modes, outcomes } from '@assay/events';
import { obstacleIn, obstacles, standing, systemNames, systemPackages, type Evidence } from './index.ts';

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
    mode: fc.constantFrom(...modes),
    os: system,
    evaluatedMs: fc.constantFrom(0, 1e12, Number.NaN),
    stale: fc.boolean(),
    parked: fc.boolean(),
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

it('counts system packages only, by the type that the scanner gives them', () => {
  const packages = [
    { name: 'apt', type: 'debian' },
    { name: 'apt', type: 'debian' },
    { name: 'bash', type: 'npm' },
    { name: 'libc6', type: 'Debian' },
  ];
  expect(systemNames(packages, 'debian')).toEqual(['apt', 'libc6']);
  expect(systemNames(packages, undefined)).toEqual([]);
  expect(systemNames(packages, 'none')).toEqual([]);
  expect(systemPackages(['apt', 'libc6'])).toEqual({ count: 2, packageManager: true, shell: false });
});
