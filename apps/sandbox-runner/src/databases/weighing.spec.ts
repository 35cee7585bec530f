import { expect, it } from 'vitest';
import type { DatabaseComparison } from '@assay/advisories';
import type { Finding } from '@assay/events';
import { isAdvisedBy } from '../scanner/trivy/coverage.ts';
import { Weighing, type Weighable } from './weighing.ts';

const now = Date.parse('2026-11-24T00:00:00Z');
const unchanged: DatabaseComparison = {
  buckets: [],
  gone: [],
  emptied: {},
  halved: 0,
  removed: {},
  weakened: {},
  lowered: [],
  raised: [],
};
const finding = (vulnerability: string, name: string, more: Partial<Finding> = {}): Finding => ({
  vulnerability,
  package: name,
  packageType: 'debian',
  installedVersion: '1',
  severity: 'High',
  ...more,
});
const debian = (version: string, ...findings: Finding[]): Weighable => ({
  os: { family: 'debian', version } as Weighable['os'] & object,
  findings,
});
const weighed = (comparison: Partial<DatabaseComparison>, ...images: Weighable[]) => {
  const weighing = new Weighing({ ...unchanged, ...comparison }, isAdvisedBy, now);
  for (const image of images) weighing.take(image);
  return weighing.consequences;
};

it('an advisory is that of the source package, in the release of the image', () => {
  const removed = { 'debian 13': { openssl: ['CVE-1'] } };
  const libssl = finding('CVE-1', 'libssl3', { sourcePackage: 'openssl' });
  expect(weighed({ removed }, debian('13.1', libssl, finding('CVE-2', 'bash')), debian('12.1', libssl))).toMatchObject({
    images: 2,
    findings: 3,
    closing: 1,
    changed: 1,
    healthy: 0,
    uncovered: 0,
    packages: [{ bucket: 'debian 13', package: 'openssl', closing: 1, loses: 'some' }],
  });
});

it('an image that keeps no finding would become healthy, unless its release is gone', () => {
  const emptied = { 'debian 13': ['bash'] };
  expect(weighed({ emptied }, debian('13', finding('CVE-1', 'bash')))).toMatchObject({
    healthy: 1,
    packages: [{ loses: 'all' }],
  });
  expect(weighed({ gone: ['debian 13'] }, debian('13', finding('CVE-1', 'bash')), debian('13'))).toMatchObject({
    closing: 1,
    healthy: 0,
    uncovered: 2,
  });
});

it('a release whose support has ended may go', () => {
  expect(weighed({ gone: ['debian 10'] }, debian('10', finding('CVE-1', 'bash')))).toMatchObject({
    closing: 0,
    uncovered: 0,
    packages: [],
  });
});

it('a language that is gone concerns the images with findings of it', () => {
  const lodash = finding('CVE-1', 'lodash', { packageType: 'node-pkg' });
  const gone = ['npm::GitHub Security Advisory Npm'];
  expect(weighed({ gone }, debian('13', lodash), debian('13', finding('CVE-1', 'bash')))).toMatchObject({
    closing: 1,
    uncovered: 1,
  });
});

it('a finding is weakened by its advisory or its rating, and one that is rated higher counts against it', () => {
  const image = debian('13', finding('CVE-1', 'bash'), finding('CVE-2', 'curl'), finding('CVE-3', 'curl'));
  const weakened = { 'debian 13': { bash: ['CVE-1'] } };
  expect(weighed({ weakened, lowered: ['CVE-2'], raised: ['CVE-3'] }, image)).toMatchObject({
    closing: 0,
    healthy: 0,
    weakened: 1,
    lowered: 1,
    raised: 1,
  });
  // A weaker advisory may not match any more.
  expect(weighed({ weakened }, debian('13', finding('CVE-1', 'bash')))).toMatchObject({ weakened: 1, healthy: 1 });
});

it('an advisory of Red Hat is known by the id of its erratum, and by a package in a module', () => {
  const image: Weighable = {
    os: { family: 'redhat', version: '9.4' } as Weighable['os'] & object,
    findings: [
      finding('CVE-1', 'npm', { packageType: 'redhat', aliases: ['RHSA-2026:1'] }),
      finding('CVE-2', 'bash', { packageType: 'redhat', aliases: ['RHSA-2026:2'] }),
    ],
  };
  const removed = { 'Red Hat': { 'nodejs:18::npm': ['RHSA-2026:1'] } };
  expect(weighed({ removed, weakened: { 'Red Hat': { bash: ['RHSA-2026:2'] } } }, image)).toMatchObject({
    closing: 1,
    weakened: 1,
    healthy: 1,
  });
  expect(weighed({ gone: ['Red Hat CPE'] }, image)).toMatchObject({ uncovered: 1 });
});
