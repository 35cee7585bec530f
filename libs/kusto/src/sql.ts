import { KustoError } from './errors.ts';

/** A value bound to a parameter. No text of a query is ever written into SQL. */
export type BoundParameter = string | number | bigint;

/** A piece of SQL that is rendered only once everything around it is known. */
export interface Late {
  render(rendering: Rendering): string;
}

type Part = string | Sql | Late | { readonly bound: BoundParameter };

/** No real query has more. */
const mostParts = 60_000;

/** A piece of SQL: our own text, parameters, and nested pieces. */
export class Sql {
  readonly weight: number;

  /**
   * @param kind 'column', or 'movable' if the expression can also be computed outside a subquery from its columns, or
   *   'grouped' if it can be from its aggregates
   */
  constructor(
    readonly parts: readonly Part[],
    readonly kind?: 'column' | 'movable' | 'grouped',
  ) {
    this.weight = parts.reduce((sum, part) => sum + (part instanceof Sql ? part.weight : 1), 0);
    if (this.weight > mostParts)
      throw new KustoError('QueryTooComplex', 'The query is too complex: simplify its expressions.');
  }
}

/**
 * The template's text is our own; inserted values are pieces of SQL. A line break with its indentation counts as one
 * space.
 */
export const sql = (strings: TemplateStringsArray, ...pieces: readonly (Sql | Late)[]): Sql =>
  new Sql(
    strings.flatMap((lines, index): Part[] => {
      const text = lines.replace(/\n\s*/g, ' ');
      const piece = pieces[index];
      return piece === undefined ? [text] : [text, piece];
    }),
  );

/**
 * An expression over columns of a table's alias. It is computed where its value is needed, which may be far above the
 * table.
 */
export const movable = (text: string, alias: string): Sql => {
  const parts = text
    .split(new RegExp(`(\\b${alias}\\.\\w+)`))
    .map((part, index) => (index % 2 === 1 ? new Sql([part], 'column') : part))
    .filter((part) => part !== '');
  return new Sql(parts, 'movable');
};

/** The columns in a movable expression. */
export const columnsOf = (of: Sql): readonly Sql[] =>
  of.kind === 'column' ? [of] : of.parts.flatMap((part) => (part instanceof Sql ? columnsOf(part) : []));

/** The same expression over other columns. */
export const moved = (of: Sql, column: (inner: Sql) => Sql): Sql =>
  new Sql(
    of.parts.map((part) =>
      !(part instanceof Sql) ? part : part.kind === 'column' ? column(part) : moved(part, column),
    ),
    of.kind && 'movable',
  );

/** The same expression with some pieces replaced. */
export const replaced = (of: Sql, instead: (piece: Sql) => Sql | undefined): Sql => {
  const other = instead(of);
  if (other) return other;
  const parts = of.parts.map((part) => (part instanceof Sql ? replaced(part, instead) : part));
  return parts.every((part, index) => part === of.parts[index]) ? of : new Sql(parts, of.kind);
};

export const raw = (text: string): Sql => new Sql([text]);
export const bound = (value: BoundParameter): Sql => new Sql([{ bound: value }]);
export const list = (pieces: readonly Sql[], separator = ', '): Sql =>
  new Sql(pieces.flatMap((piece, index): Part[] => (index > 0 ? [separator, piece] : [piece])));

interface Selected {
  readonly alias: string;
  /** Names of the requested columns, by their key. */
  readonly columns: Map<unknown, string>;
}

/** DuckDB's client binds whole numbers as integers, so a real is bound as its text. */
const castOf = (value: BoundParameter): string => {
  if (typeof value === 'bigint') return '::bigint';
  return typeof value === 'number' ? '::varchar::double' : '::varchar';
};

/** Renders SQL, collects its parameters and assigns aliases. */
export class Rendering {
  readonly parameters: Record<string, BoundParameter> = {};
  readonly #names = new Map<string, string>();
  readonly #sources = new Map<object, Selected>();
  #aliases = 0;

  /** The alias and requested columns of a source in this statement. */
  source(of: object): Selected {
    let found = this.#sources.get(of);
    if (!found) {
      this.#aliases += 1;
      this.#sources.set(of, (found = { alias: `s${this.#aliases}`, columns: new Map() }));
    }
    return found;
  }

  of(piece: Sql | Late): string {
    if (!(piece instanceof Sql)) return piece.render(this);
    let text = '';
    for (const part of piece.parts)
      text += typeof part === 'string' ? part : 'bound' in part ? this.#bound(part.bound) : this.of(part);
    return text;
  }

  #bound(value: BoundParameter): string {
    const key = `${typeof value}:${value}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `p${this.#names.size + 1}`;
      this.#names.set(key, name);
      this.parameters[name] = typeof value === 'number' ? String(value) : value;
    }
    return `$${name}${castOf(value)}`;
  }
}
