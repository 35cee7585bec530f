import type { components } from '../../api/generated/schema.ts';

/** The words of the query language that the service understands, with its tables. */
export type QueryLanguage = components['schemas']['QueryLanguage'];

type QueryTable = QueryLanguage['tables'][number];

interface Suggestion {
  readonly label: string;
  readonly kind: 'keyword' | 'variable' | 'property' | 'function' | 'text' | 'class';
  /** Type of a column. */
  readonly detail?: string;
}

export interface Suggestions {
  /** Begin of the word that a suggestion replaces. */
  readonly from: number;
  readonly options: readonly Suggestion[];
}

const of = (labels: readonly string[], kind: Suggestion['kind']): readonly Suggestion[] =>
  labels.map((label) => ({ label, kind }));

/** True if the text ends within a text in quotes, or a comment. */
const isQuoted = (line: string): "'" | '"' | '//' | undefined => {
  let open: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at];
    if (open !== undefined) {
      if (sign === '\\') at += 1;
      else if (sign === open) open = undefined;
    } else if (sign === "'" || sign === '"') open = sign;
    else if (sign === '/' && line[at + 1] === '/') return '//';
  }
  return open;
};

const columnsOf = (columns: QueryTable['columns'], kind: Suggestion['kind']): readonly Suggestion[] =>
  columns.map(({ name, type }) => ({ label: name, kind, detail: type }));

/** The same suggestion once, where several tables have it. */
const unlike = (suggestions: readonly Suggestion[]): readonly Suggestion[] => [
  ...new Map(suggestions.map((one) => [one.label, one])).values(),
];

const wordIn = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/\w+/g));

/** The tables that a text names; without one, the table of a query that names none. */
const tablesIn = (text: string, { tables, defaultTable }: QueryLanguage): readonly QueryTable[] => {
  const words = wordIn(text);
  const named = tables.filter(({ name }) => words.has(name));
  return named.length > 0 ? named : tables.filter(({ name }) => name === defaultTable);
};

/** The column that a text in quotes is compared with, as in `type in~ ('a', '`. */
const compared = /(\w+)\s*(?:[=!]=|[=!]~|!?in~?\s*\((?:\s*(?:'[^']*'|"[^"]*")\s*,)*)\s*$/;

/**
 * Words that may follow at the end of a text: tables at its beginning, operators after a pipe, known values in quotes
 * after a column that has them, and columns with functions elsewhere.
 */
export const suggestionsAt = (before: string, language: QueryLanguage): Suggestions | undefined => {
  const { tables, operators, functions, aggregates } = language;
  const named = tablesIn(before, language);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const quote = isQuoted(line);
  if (quote === '//') return undefined;
  if (quote !== undefined) {
    const begin = before.lastIndexOf(quote) + 1;
    const column = compared.exec(before.slice(0, begin - 1))?.[1];
    const values = named.flatMap(({ columns }) => columns.find(({ name }) => name === column)?.values ?? []);
    return values.length === 0 ? undefined : { from: begin, options: unlike(of(values, 'text')) };
  }
  const word = /[\w.-]*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const lead = before.slice(0, from).trimEnd();
  const allTables = of(
    tables.map(({ name }) => name),
    'class',
  );
  if (lead === '' || lead.endsWith(';')) return { from, options: allTables };
  if (lead.endsWith('|')) return { from, options: of(operators, 'keyword') };
  if (/(?:\bjoin|\bunion)\s*(?:kind\s*=\s*\w+\s*)?\(?$/.test(lead)) return { from, options: allTables };
  const isSummary = /^\s*summarize\b/.test(lead.slice(lead.lastIndexOf('|') + 1));
  return {
    from,
    options: unlike([
      ...named.flatMap(({ columns }) => columnsOf(columns, 'variable')),
      ...named.flatMap(({ members }) => columnsOf(members, 'property')),
      ...of(isSummary ? [...aggregates, ...functions] : functions, 'function'),
    ]),
  };
};

/** Words between the names of a query, which no list of the service has. */
const joints = ['by', 'asc', 'desc', 'and', 'or', 'in', 'contains', 'has', 'startswith', 'kind', 'on'];

const alternatives = (words: readonly string[]): string =>
  words
    // Names of another kind are nothing that a pattern may hold.
    .filter((word) => /^[\w-]+( by)?$/.test(word))
    // Longer ones first, so that `project-away` is one word.
    .toSorted((a, b) => b.length - a.length)
    .join('|') || '(?!)';

/** A pattern of the parts of a query that have a colour; its groups name their kinds. */
export const partsOf = ({ operators, functions, aggregates }: QueryLanguage): RegExp =>
  new RegExp(
    `(?<comment>//.*)|(?<text>"(?:[^"\\\\\\n]|\\\\.)*"?|'(?:[^'\\\\\\n]|\\\\.)*'?)|(?<number>\\b\\d[\\w.]*)|` +
      `(?<call>\\b(?:${alternatives([...functions, ...aggregates])})(?=\\s*\\())|` +
      `(?<keyword>\\b(?:${alternatives([...operators, ...joints])})\\b)`,
    'g',
  );
