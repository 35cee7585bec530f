import { expect, it } from 'vitest';
import type { OperatingSystem } from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { digest, finding, emittedIn, scanExample, scanned, type Scan } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const classified = (scan: Scan) => emittedIn(new DeciderSpec(decider, digest).given(...scanned(scan)).when())[0]!;
const os = (family: string, version: string, more: Partial<OperatingSystem> = {}): OperatingSystem => ({
  family,
  version,
  endOfLife: false,
  ...more,
});
const demonstration = { ...scanExample.database, demonstration: true, covers: ['debian 13', 'alpine 3.20'] };

it.each([
  [
    'a release that the scanner does not know',
    { os: os('debian', '99', { known: false }) },
    'operating-system-not-supported',
  ],
  ['a system without a release', { os: os('debian', '') }, 'operating-system-not-supported'],
  [
    'a release that the database has nothing about',
    { os: os('debian', '12.5'), database: demonstration },
    'advisories-missing',
  ],
  ['a release of which its database has no advisories', { uncovered: { system: 'debian 13.0' } }, 'advisories-missing'],
  [
    'an Alpine release that the database has nothing about',
    { os: os('alpine', '3.2.1'), database: demonstration },
    'advisories-missing',
  ],
])('never calls %s healthy for lack of findings', (_, scan, reason) => {
  expect(classified(scan)).toMatchObject({ reason });
  expect(classified(scan).status).not.toBe('healthy');
});

it.each([
  ['debian', '13.8'],
  ['alpine', '3.20.3'],
])('calls %s %s healthy where the database covers it', (family, version) => {
  expect(classified({ os: os(family, version), database: demonstration })).toMatchObject({ status: 'healthy' });
});

it('believes findings of a release that the scanner does not list', () => {
  expect(classified({ os: os('debian', '14', { known: false }), findings: [finding()] })).toMatchObject({
    status: 'unhealthy',
  });
});

it('calls a rescan that overtook its scan a scan, received together or one by one', () => {
  const [scan, rescan] = [
    scanned({ verdict: 1, findings: [finding()] }),
    scanned({ verdict: 2, kind: 'rescan', scanId: 'rescan', findings: [finding()] }),
  ];
  const together = new DeciderSpec(decider, digest).given(...scan, ...rescan);
  expect(emittedIn(together.when()).map(({ cause, verdict }) => [cause, verdict])).toEqual([['scan', 2]]);
  const oneByOne = new DeciderSpec(decider, digest).given(...scan);
  expect(emittedIn(oneByOne.when()).map(({ cause }) => cause)).toEqual(['scan']);
  expect(emittedIn(oneByOne.given(...rescan).when()).map(({ cause }) => cause)).toEqual(['rescan']);
});

it('calls a rescan a scan after the scan before it failed', () => {
  const spec = new DeciderSpec(decider, digest).given(
    ...scanned({ verdict: 1, outcome: 'failed', reason: 'unreachable' }),
  );
  spec.when();
  expect(
    emittedIn(spec.given(...scanned({ verdict: 2, kind: 'rescan', scanId: 'rescan' })).when()).map(
      ({ cause, status }) => [cause, status],
    ),
  ).toEqual([['scan', 'healthy']]);
});
