import { expect, it } from 'vitest';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { outdatedLine } from './outdated.ts';

const [scanner] = scanners;
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

it('an update names a scanner that is too old for a real database, also one that would be fetched', async () => {
  const line = 'Trivy 0.60.0 is older than 0.68';
  expect(await outdatedLine(scanner, () => Promise.resolve({ outdated: line }))).toBe(line);
  expect(await outdatedLine(scanner, () => Promise.resolve({}))).toBeUndefined();
  expect(await outdatedLine(scanner, failing('scanner-missing'))).toMatch(
    /^Trivy 0\.59\.1 is older than 0\.68, .*: run `assay scanner install`$/,
  );
  expect(await outdatedLine(scanner, failing('database-unusable'))).toBeUndefined();
});
