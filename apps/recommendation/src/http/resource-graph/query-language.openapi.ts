import { json, schema, type Description } from '@assay/http';

const { list, named, oneOf, record, text, texts } = schema;

const column = record(
  {
    name: text,
    type: oneOf('string', 'int', 'long', 'real', 'decimal', 'bool', 'datetime', 'timespan', 'guid', 'dynamic'),
    'values?': { ...texts, description: 'All values that it can have, if they are few and known.' },
  },
  { title: 'QueryColumn' },
);

export const described: Description = {
  summary: 'The tables, columns and words of queries of Resource Graph that are understood here, for completion.',
  answers: {
    200: json(
      'The words, in the order of the documentation of each.',
      named(
        'QueryLanguage',
        {
          defaultTable: { ...text, description: 'The table of a query that names none.' },
          tables: list(
            named(
              'QueryTable',
              { name: text, columns: list(column), members: list(column) },
              'A table with the columns that its rows have, and the members of dynamic columns by their paths.',
            ),
          ),
          operators: { ...texts, description: 'After a pipe.' },
          functions: texts,
          aggregates: { ...texts, description: 'Functions over the rows of a group, for `summarize`.' },
        },
        'What a query may name. `members` are those that are declared: a row may have others.',
      ),
    ),
  },
};
