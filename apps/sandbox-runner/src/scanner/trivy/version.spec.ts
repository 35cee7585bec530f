import { expect, it } from 'vitest';
import { versionIn, writesToItsDatabase } from './version.ts';

it('knows since which version all scans can share a database', () => {
  for (const version of ['0.59.1', '0.67.9', 'dev', '']) expect(writesToItsDatabase(version)).toBe(true);
  for (const version of ['0.68.0', '0.74.0', '0.100.0', '1.0.0']) expect(writesToItsDatabase(version)).toBe(false);
});

it('reads the version of Trivy and of no other program', () => {
  expect(versionIn('Version: 0.59.1\nVulnerability DB:\n  Version: 2\n')).toBe('0.59.1');
  expect(versionIn('grype 0.80.0')).toBeUndefined();
  expect(versionIn('')).toBeUndefined();
});
