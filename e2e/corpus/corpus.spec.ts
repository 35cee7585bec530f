import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compared } from './compared.ts';
import { recipes } from './index.ts';

describe('the corpus', () => {
  it('has the recipes that its page lists', () => {
    const page = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| \d+ \| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(recipes.map(({ name }) => name)).toEqual(listed);
    expect(listed.length).toBeGreaterThanOrEqual(40);
  });

  it('has eight recipes that need no download', () => {
    expect(recipes.filter(({ isLocal }) => isLocal)).toHaveLength(8);
  });
});

describe('an image of the corpus', () => {
  const packages = [
    { bucket: 'npm', name: 'lodash', version: '4.17.20' },
    { bucket: 'npm', name: 'ms', version: '2.0.0' },
  ];
  const found = ['lodash 4.17.20', 'ms 2.0.0'];
  const agrees = (status: string, side: 'below' | 'above', those: readonly string[]): boolean =>
    compared({ side, status, found: those, packages }).agrees;

  it('holds below the fixes with each package once or more', () => {
    expect(agrees('unhealthy', 'below', [...found, found[0]!])).toBe(true);
  });
  it('holds above the fixes without findings', () => {
    expect(agrees('healthy', 'above', [])).toBe(true);
  });
  it.each([
    ['a package is missing', 'unhealthy', 'below', found.slice(1)],
    ['a version is another', 'unhealthy', 'below', ['lodash 4.17.21', 'ms 2.0.0']],
    ['a package is extra', 'unhealthy', 'below', [...found, 'debug 2.6.9']],
    ['the status is another', 'healthy', 'below', found],
    ['it is undetermined', 'undetermined', 'above', []],
    ['something is found', 'healthy', 'above', found],
  ] as const)('does not hold if %s', (_, status, side, those) => {
    expect(agrees(status, side, those)).toBe(false);
  });
  it('of a system without support is undetermined for that reason alone', () => {
    const above = (status: string, reason?: string): boolean =>
      compared({ side: 'above', status, reason, doubt: 'end-of-life', found: [], packages }).agrees;
    expect([above('undetermined', 'end-of-life'), above('undetermined', 'no-packages'), above('healthy')]).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('does not hold if the oracle names no package', () => {
    expect(compared({ side: 'above', status: 'healthy', found: [], packages: [] }).agrees).toBe(false);
  });
});
