import { expect, it } from 'vitest';
import type { Suite } from '../../suite/suite.ts';
import { DataFolder } from '../../suite/data.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { greeting } from './up.ts';

const suite = {
  endpoint: { url: 'http://127.0.0.1:7070', token: 't', registries: [{ loginServer: '127.0.0.1:5010' }] },
  options: { data: new DataFolder('/srv/team/.assay/data') },
  bench: {
    scanner: { name: 'trivy', version: '0.70.0' },
    database: { builtAt: '2026-11-20T00:00:00Z', demonstration: false },
    driver: 'bwrap',
  },
} as unknown as Suite;
const shell = {
  env: {},
  directory: '/work',
  terminal: new Terminal({ write: () => undefined }, { write: () => undefined }, {}),
};

it('the start prints that Assay is ready only without standstills', () => {
  expect(greeting(shell, suite, [])).toMatch(/^Assay is ready after/);
  const text = greeting(shell, suite, ['billing']);
  expect(text).not.toContain('is ready');
  expect(text).toMatch(/^Assay has started after .*, but partitions of billing stand still/);
  expect(text).toContain('`assay halted`');
});

it('the start prints a link that signs in to the portal, with the token where no server sees it', () => {
  const odd = { ...suite, endpoint: { ...suite.endpoint, token: 'a+b&c' } } as unknown as Suite;
  expect(greeting(shell, odd, [])).toContain('http://127.0.0.1:7070/portal/#token=a%2Bb%26c\n');
});
