import { expect, it } from 'vitest';
import { outdatedTrivy, versionIn, writesToItsDatabase } from './version.ts';

it('knows since which version all scans can share a database', () => {
  for (const version of ['0.59.1', '0.67.9', 'dev', '']) expect(writesToItsDatabase(version)).toBe(true);
  for (const version of ['0.68.0', '0.74.0', '0.100.0', '1.0.0']) expect(writesToItsDatabase(version)).toBe(false);
});

it('reads the version of Trivy and of no other program', () => {
  expect(versionIn('Version: 0.59.1\nVulnerability DB:\n  Version: 2\n')).toBe('0.59.1');
  expect(versionIn('grype 0.80.0')).toBeUndefined();
  expect(versionIn('')).toBeUndefined();
});

it('names the steps by which an older one is replaced, in one line', () => {
  const old = 'Trivy 0.59.1 is older than 0.68, and copies a real database for each scan: ';
  const of = (source?: string, path?: string, version = '0.59.1') =>
    outdatedTrivy({ version, ...(source ? { source } : {}), ...(path ? { path } : {}) });
  expect(of()).toBe(`${old}run \`assay scanner install\``);
  expect(of('assay')).toBe(of());
  // These come before the one that would be installed.
  expect(of('PATH', '/usr/bin/trivy')).toBe(
    `${old}replace /usr/bin/trivy, or remove it and run \`assay scanner install\``,
  );
  expect(of('ASSAY_TRIVY')).toBe(
    `${old}let ASSAY_TRIVY name a newer one, or unset it and run \`assay scanner install\``,
  );
  expect(of('assay', undefined, '0.68.0')).toBeUndefined();
});
