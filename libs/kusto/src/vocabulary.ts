import { aggregates } from './aggregates.ts';
import type { Catalogue, Column, KustoType, Shape, Table } from './catalogue.ts';
import { functions } from './functions/index.ts';
import { operatorWords } from './operators/index.ts';

/** A column of a table, or a member of one by its path, as in `properties.status.code`. */
export interface KnownColumn {
  readonly name: string;
  readonly type: KustoType;
  /** All values that it can have, if they are few and known. */
  readonly values?: readonly string[];
}

/** A table that queries can name. */
export interface KnownTable {
  readonly name: string;
  /** Columns that some row has, in the order of the table. */
  readonly columns: readonly KnownColumn[];
  /** Members of its dynamic columns, as far as they are declared. */
  readonly members: readonly KnownColumn[];
}

/** The words that a query may consist of, besides names of its own. */
export interface Vocabulary {
  /** Table of a query that names none. */
  readonly defaultTable: string;
  readonly tables: readonly KnownTable[];
  /** After a pipe. */
  readonly operators: readonly string[];
  readonly functions: readonly string[];
  /** Functions over the rows of a group, for `summarize`. */
  readonly aggregates: readonly string[];
}

/** Everything that a query over a catalogue may name, from the declarations by which it is translated. */
export const vocabularyOf = ({ tables, defaultTable }: Catalogue): Vocabulary => ({
  defaultTable,
  tables: tables.map(knownTable),
  operators: operatorWords,
  functions: Object.keys(functions),
  aggregates: Object.keys(aggregates),
});

const isPresent = (column: Column | undefined): column is Column => column !== undefined && !('missing' in column);

const knownTable = ({ name, columns, parts }: Table): KnownTable => {
  const known = columns
    .map((column) => ({ column, declared: parts.map((part) => part.columns[column.name]).filter(isPresent) }))
    .filter(({ declared }) => declared.length > 0);
  return {
    name,
    columns: known.map(({ column: { name: of, type }, declared }) => {
      const values = declared.flatMap((one) => ('constant' in one ? [one.constant] : []));
      return { name: of, type, ...(values.length === declared.length ? { values: [...new Set(values)] } : {}) };
    }),
    members: [
      ...new Map(
        known
          .flatMap(({ column, declared }) =>
            declared.flatMap((one) => ('shape' in one ? membersOf(column.name, one.shape) : [])),
          )
          .map((member) => [member.name, member]),
      ).values(),
    ],
  };
};

/** A name that needs brackets and quotes is left out: it cannot follow a dot. */
const isPlain = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

const membersOf = (path: string, shape: Shape): readonly KnownColumn[] =>
  'members' in shape
    ? Object.entries(shape.members).flatMap(([name, member]) =>
        isPlain(name)
          ? [
              ...('members' in member ? [] : [{ name: `${path}.${name}`, type: member.type }]),
              ...membersOf(`${path}.${name}`, member),
            ]
          : [],
      )
    : [];
