import { describe, expect, it } from 'vitest';
import { ambiguous, headlessComments, hidden, tooWide, untested } from './rules.ts';
import { sourceOf, sources } from './sources.ts';

const all = sources();

describe('the sources', () => {
  it('have no line over 120 columns', () => {
    expect(all.flatMap(tooWide)).toEqual([]);
  });

  it('have comments that begin with their subject', () => {
    expect(all.flatMap(headlessComments)).toEqual([]);
  });

  it('name who does what in comments and titles of tests', () => {
    expect(all.flatMap(hidden)).toEqual([]);
  });

  it('give the name of an exported type one meaning', () => {
    expect(ambiguous(all)).toEqual([]);
  });

  it('have a spec beside each file of a domain with logic', () => {
    expect(untested(all)).toEqual([]);
  });
});

/** A file of billing's domain. */
const made = (text: string, path = 'apps/billing/src/domain/made.ts') => sourceOf(path, text);

describe('each rule finds', () => {
  it('a line of 121 columns, and none of 120', () => {
    expect(tooWide(made(`${'x'.repeat(120)}\n${'x'.repeat(121)}`))).toEqual([
      'apps/billing/src/domain/made.ts:2: 121 columns; at most 120',
    ]);
    expect(tooWide(made(`// https://example.com/${'x'.repeat(120)}`))).toEqual([]);
  });

  it.each([
    ['a line comment', `// ${'What'} is kept.`],
    ['a docstring', `/**\n * ${'Whoever'} waits.\n */`],
    ['a docstring in one line', `/** ${'Where'} it lies. */`],
  ])('a headless opener in %s', (_, text) => {
    expect(headlessComments(made(text))).toHaveLength(1);
  });

  it('no headless opener in a later line of a comment, or in code', () => {
    expect(
      headlessComments(made(`// A line that goes on\n// ${'What'} follows.\nconst Who = '// ${'What'}';`)),
    ).toEqual([]);
  });

  it.each(['nobody', 'told', 'heard', 'said', 'anew', 'he'])('the word "%s" in a comment', (word) => {
    expect(hidden(made(`/** The caller is ${word} here. */`))).toHaveLength(1);
    expect(hidden(made(`const ${word} = 1;`))).toEqual([]);
    expect(hidden(made(`/** The field \`${word}\` is a name. */`))).toEqual([]);
  });

  it('such a word in the title of a test', () => {
    expect(hidden(made(`it('charges ${'nobody'} twice', () => {});`, 'apps/billing/src/made.spec.ts'))).toHaveLength(1);
    for (const call of ['it.each([1])', 'it.concurrent', 'describe', 'it.each([\n  [1],\n])'])
      expect(hidden(made(`${call}('charges ${'nobody'} twice', () => {});`, 'e2e/made.spec.ts')), call).toHaveLength(1);
  });

  it('a type that two packages export, and none that one exports twice', () => {
    const [billing, again, registry] = [
      made('export interface Row {}'),
      made('export type Row = 1', 'apps/billing/src/http/made.ts'),
      made('export class Row {}', 'libs/registry/src/made.ts'),
    ];
    expect(ambiguous([billing, again])).toEqual([]);
    expect(ambiguous([billing, again, registry])).toEqual(['type Row is exported by apps/billing and libs/registry']);
  });

  it('a file of a domain with logic and no spec', () => {
    const [logic, types, spec] = [
      made('export const half = (n: number) => n / 2;'),
      made('export interface Half { readonly n: number }', 'apps/billing/src/domain/types.ts'),
      made('', 'apps/billing/src/domain/made.spec.ts'),
    ];
    expect(untested([logic, types])).toEqual(['apps/billing/src/domain/made.ts has logic, and no spec beside it']);
    expect(untested([logic, types, spec])).toEqual([]);
  });
});
