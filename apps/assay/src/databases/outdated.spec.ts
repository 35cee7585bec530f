import { expect, it } from 'vitest';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { newerLine, outdatedLine } from './outdated.ts';

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

it('a start names the command that builds a newer scanner only where it can be built and would be used', async () => {
  const shell = { env: { npm_execpath: '/usr/bin/npm' }, home: '/srv/assay' };
  const inUse = { scanner: { name: 'trivy', version: '0.59.1' }, file: '/srv/assay/scanners/trivy-0.59.1/trivy 1' };
  const on = (lacking?: string) => ({
    title: 'Trivy',
    sources: [{ ...scanner.sources[0], version: '0.74.0', lacking: () => Promise.resolve(lacking) }] as const,
  });
  const command = '`npx assay scanner install` builds 0.74.0 here';
  expect(await newerLine(shell, on(), inUse, [])).toMatch(`the scanner is Trivy 0.59.1: ${command}`);
  expect(await newerLine(shell, on(), { ...inUse, file: undefined }, ['trivy 0.59.1 does not know x: y'])).toMatch(
    `trivy 0.59.1 does not know x: ${command}`,
  );
  expect(await newerLine(shell, on('there is no Go'), inUse, [])).toBeUndefined();
  expect(await newerLine(shell, on(), { ...inUse, file: '/usr/bin/trivy 1' }, [])).toBeUndefined();
  for (const version of ['0.74.0', '0.100.0'])
    expect(await newerLine(shell, on(), { ...inUse, scanner: { name: 'trivy', version } }, [])).toBeUndefined();
});
