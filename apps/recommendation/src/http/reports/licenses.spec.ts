import { expect, it } from 'vitest';
import { licenseIn, type License } from './licenses.ts';

it.each<readonly [string, License]>([
  ['MIT', { id: 'MIT' }],
  ['apache-2.0', { id: 'Apache-2.0' }],
  [' GPL-2.0-only ', { id: 'GPL-2.0-only' }],
  ['MIT OR Apache-2.0', { expression: 'MIT OR Apache-2.0' }],
  ['(mit  OR (ISC AND 0BSD))', { expression: '(MIT OR (ISC AND 0BSD))' }],
  ...[
    '',
    'AND',
    'MIT OR',
    'MIT ISC',
    '(MIT',
    'MIT)',
    '()',
    'MIT OR OR ISC',
    'MIT or ISC',
    'custom:x',
    'GPL-2.0-only WITH Classpath-exception-2.0',
    'MIT OR mine',
    '__proto__',
    'constructor',
    'MIT (ISC)',
  ].map((name) => [name, { name }] as const),
])('%j is mapped to the SPDX list', (text, license) => expect(licenseIn(text)).toEqual(license));

it('license text of any length is handled', () =>
  expect(licenseIn(`${'('.repeat(500)}MIT${')'.repeat(500)}`)).toHaveProperty('name'));
