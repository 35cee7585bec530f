import { describe, expect, it } from 'vitest';
import { partsOf, suggestionsAt, type QueryLanguage } from './language.ts';

const language: QueryLanguage = {
  defaultTable: 'resources',
  tables: [
    {
      name: 'securityresources',
      columns: [
        { name: 'id', type: 'string' },
        { name: 'name', type: 'string' },
        { name: 'type', type: 'string', values: ['microsoft.security/assessments', 'microsoft.security/pricings'] },
      ],
      members: [{ name: 'properties.status.code', type: 'string' }],
    },
    {
      name: 'resources',
      columns: [
        { name: 'name', type: 'string' },
        { name: 'sku', type: 'dynamic' },
        { name: 'type', type: 'string', values: ['microsoft.containerregistry/registries'] },
      ],
      members: [],
    },
    { name: 'resourcecontainers', columns: [], members: [] },
  ],
  operators: ['where', 'summarize', 'project', 'project-away', 'order by', 'count'],
  functions: ['tostring', 'bin'],
  aggregates: ['count', 'dcount'],
};

const labels = (before: string): readonly string[] | undefined =>
  suggestionsAt(before, language)?.options.map(({ label }) => label);

describe('suggestions in a query', () => {
  it('are tables at its beginning, and where a table is joined', () => {
    expect(labels('sec')).toContain('securityresources');
    expect(labels('resources\n| join kind=inner (')).toContain('resourcecontainers');
  });

  it('are operators after a pipe', () => {
    expect(labels('securityresources\n| ')).toContain('summarize');
    expect(labels('securityresources\n| ')).not.toContain('id');
    expect(suggestionsAt('securityresources | wh', language)?.from).toBe('securityresources | '.length);
  });

  it('are columns, members and functions elsewhere', () => {
    const all = labels('securityresources | where prop') ?? [];
    expect(all).toContain('properties.status.code');
    expect(all).toContain('tostring');
    expect(suggestionsAt('securityresources | where properties.sta', language)?.from).toBe(
      'securityresources | where '.length,
    );
  });

  it('are those of the tables that the query names, with their types', () => {
    expect(labels('securityresources | where ')).not.toContain('sku');
    expect(labels('where ')).toEqual(['name', 'sku', 'type', 'tostring', 'bin']);
    const both = labels('securityresources | join kind=inner (resources) on ') ?? [];
    expect(both).toEqual(expect.arrayContaining(['id', 'sku']));
    expect(both.filter((label) => label === 'name')).toHaveLength(1);
    expect(suggestionsAt('resources | where ', language)?.options).toContainEqual({
      label: 'sku',
      kind: 'variable',
      detail: 'dynamic',
    });
  });

  it('are aggregates only where rows are summarized', () => {
    expect(labels('securityresources | summarize ')).toContain('dcount');
    expect(labels('securityresources | summarize count() by name | where ')).not.toContain('dcount');
  });

  it('are values in quotes only where a column that has known ones is compared', () => {
    expect(labels('securityresources | where type == "micro')).toContain('microsoft.security/pricings');
    expect(labels("securityresources | where type in~ ('a', 'micro")).toContain('microsoft.security/pricings');
    expect(labels('securityresources | where type == "micro')).not.toContain('microsoft.containerregistry/registries');
    expect(labels('securityresources | where name == "micro')).toBeUndefined();
    expect(labels("securityresources | where name == 'a' and ")).toContain('name');
  });

  it('are none in a comment', () => {
    expect(labels('securityresources // all of ')).toBeUndefined();
    expect(labels('securityresources // all of\n| ')).toContain('where');
  });
});

describe('the parts of a query', () => {
  const kindsIn = (query: string, of: QueryLanguage = language): readonly (readonly [string, string])[] =>
    [...query.matchAll(partsOf(of))].map(({ 0: text, groups = {} }) => [
      Object.keys(groups).find((name) => groups[name] !== undefined) ?? '',
      text,
    ]);

  it('are words of the service, texts, numbers and comments', () => {
    expect(kindsIn(`securityresources | project-away id | where name == 'a b' // by`)).toEqual([
      ['keyword', 'project-away'],
      ['keyword', 'where'],
      ['text', `'a b'`],
      ['comment', '// by'],
    ]);
    expect(kindsIn('| summarize count() by bin(x, 10)')).toEqual([
      ['keyword', 'summarize'],
      ['call', 'count'],
      ['keyword', 'by'],
      ['call', 'bin'],
      ['number', '10'],
    ]);
  });

  it('take no pattern from a word', () => {
    expect(
      kindsIn('where (((', { ...language, operators: ['(((', '.*', 'where'], functions: ['['], aggregates: [] }),
    ).toEqual([['keyword', 'where']]);
  });
});
