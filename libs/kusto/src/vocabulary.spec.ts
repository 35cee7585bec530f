import { describe, expect, it } from 'vitest';
import type { Catalogue } from './catalogue.ts';
import { KustoError } from './errors.ts';
import { translate } from './translate.ts';
import { vocabularyOf } from './vocabulary.ts';

const part = (name: string, type: string, columns: Catalogue['tables'][number]['parts'][number]['columns']) => ({
  name,
  from: 't',
  alias: 't',
  identity: ['t.id'],
  columns: {
    id: { type: 'string' as const, sql: 't.id' },
    type: { type: 'string' as const, constant: type },
    ...columns,
  },
});

const catalogue: Catalogue = {
  defaultTable: 'things',
  tables: [
    {
      name: 'things',
      columns: [
        { name: 'id', type: 'string' },
        { name: 'type', type: 'string' },
        { name: 'kind', type: 'string' },
        { name: 'zones', type: 'dynamic' },
        { name: 'properties', type: 'dynamic' },
      ],
      parts: [
        part('a', 'of a', {
          zones: { type: 'dynamic', missing: true },
          properties: {
            type: 'dynamic',
            shape: {
              members: {
                name: { type: 'string', sql: 't.name' },
                status: {
                  members: { code: { type: 'string', sql: 't.code' }, score: { type: 'real', sql: 't.score' } },
                },
                'in-quotes': { type: 'string', sql: 't.quoted' },
              },
            },
          },
        }),
        part('b', 'of b', {
          kind: { type: 'string', sql: 't.kind' },
          properties: { type: 'dynamic', shape: { members: { name: { type: 'string', sql: 't.name' } } } },
        }),
      ],
    },
  ],
};

const vocabulary = vocabularyOf(catalogue);

const refusalOf = (query: string): string => {
  try {
    translate(query, catalogue, { now: 0n, page: { limit: 1, offset: 0, mostBytes: 1 } });
    return '';
  } catch (error) {
    if (error instanceof KustoError) return error.message;
    throw error;
  }
};

describe('the words of a query', () => {
  it('are tables with the columns that some row has, values that are known, and members by path', () => {
    expect(vocabulary.tables).toEqual([
      {
        name: 'things',
        columns: [
          { name: 'id', type: 'string' },
          { name: 'type', type: 'string', values: ['of a', 'of b'] },
          { name: 'kind', type: 'string' },
          { name: 'properties', type: 'dynamic' },
        ],
        members: [
          { name: 'properties.name', type: 'string' },
          { name: 'properties.status.code', type: 'string' },
          { name: 'properties.status.score', type: 'real' },
        ],
      },
    ]);
    expect(vocabulary.defaultTable).toBe('things');
  });

  it('are operators, none of which is refused by its name', () => {
    expect(vocabulary.operators).toEqual(
      expect.arrayContaining(['where', 'order by', 'take', 'project-away', 'mv-expand', 'summarize', 'join', 'count']),
    );
    for (const operator of vocabulary.operators)
      expect(refusalOf(`things | ${operator} id`), operator).not.toMatch(/is not supported/);
  });

  it('are functions and aggregates, none of which is refused by its name', () => {
    for (const name of vocabulary.functions)
      expect(refusalOf(`things | extend a = ${name}(id)`), name).not.toMatch(/is not supported/);
    for (const name of vocabulary.aggregates)
      expect(refusalOf(`things | summarize a = ${name}(id)`), name).not.toMatch(/is not supported/);
    expect(refusalOf('things | extend a = series_fir(id)')).toMatch(/is not supported/);
  });
});
