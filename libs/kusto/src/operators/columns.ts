import { itemAt } from '../errors.ts';
import { translated } from '../expression.ts';
import { automaticName, ColumnNames, nameIn, written, type WrittenColumn } from '../names.ts';
import type { NamedValue, Relation } from '../relation.ts';
import { child, classOf, elements, firstToken, type Node } from '../syntax.ts';
import { contextOf, settled, type Query, type OperatorRows, type TabularOperators } from './operator.ts';

/** The elements of a list, at least one: the parser takes `project` and `summarize` with nothing behind. */
export const listed = (node: Node, property: string, { parsed }: Query): readonly Node[] => {
  const found = elements(node, property);
  return found.length > 0 ? found : parsed.fail('ParserFailure', 'An expression is expected here.', firstToken(node));
};

export const writtenIn = (node: Node, property: string, query: Query): readonly WrittenColumn[] =>
  listed(node, property, query).map((element) => {
    const { parsed } = query;
    const one = written(element, parsed);
    if (one.names)
      return parsed.fail('UnsupportedOperator', 'Several names for one expression are not supported here.', element);
    return one;
  });

export const duplicate = (name: string, node: Node, { parsed }: Query): never =>
  parsed.fail('DuplicateColumn', `A column with the name '${name}' is there already.`, node);

/** Named columns of expressions. Written names are kept; automatic names get a number if they are taken. */
export const named = (
  columns: readonly WrittenColumn[],
  value: (expression: Node) => NamedValue['value'],
  query: Query,
  names = new ColumnNames(),
): NamedValue[] => {
  for (const { name, node } of columns)
    if (name !== undefined) {
      if (names.has(name)) duplicate(name, node, query);
      names.take(name);
    }
  return columns.map(({ name, expression, node }) => {
    if (name !== undefined) return { name, value: value(expression) };
    const automatic = automaticName(expression, query.parsed);
    if (automatic !== undefined && classOf(expression) === 'NameReference' && names.has(automatic))
      duplicate(automatic, node, query);
    return { name: names.free(automatic), value: value(expression) };
  });
};

const project = (node: Node, leg: Relation, query: Query): Relation => {
  const columns = writtenIn(node, 'Expressions', query);
  const context = contextOf(query, leg.columns);
  return settled(leg.with(named(columns, (expression) => translated(expression, context), query)));
};

/** Replaces existing columns in place, and appends new ones. */
const extend = (node: Node, leg: Relation, query: Query): Relation => {
  const context = contextOf(query, leg.columns);
  const columns = [...leg.columns];
  const names = new ColumnNames(columns.map(({ name }) => name));
  const given = new Set<string>();
  for (const { name, expression, node: at } of writtenIn(node, 'Expressions', query)) {
    const automatic = name ?? automaticName(expression, query.parsed);
    if (name !== undefined && given.has(name)) duplicate(name, at, query);
    const own = automatic === undefined ? names.free(undefined) : automatic;
    given.add(own);
    const value = translated(expression, context);
    const index = columns.findIndex((column) => column.name === own);
    if (index < 0) {
      columns.push({ name: own, value });
      names.take(own);
    } else columns[index] = { name: own, value };
  }
  return settled(leg.with(columns));
};

/** The columns that each name or wildcard of a list matches, in the order of the list. */
const meant = (node: Node, columns: readonly NamedValue[], query: Query): readonly (readonly NamedValue[])[] =>
  listed(node, 'Expressions', query).map((element) => {
    const { parsed } = query;
    const reference = classOf(element) === 'OrderedExpression' ? child(element, 'Expression') : element;
    if (classOf(reference) !== 'NameReference')
      return parsed.fail('ParserFailure', 'A name is expected here.', reference);
    const text = nameIn(child(reference, 'Name'), parsed);
    if (!classOf(child(reference, 'Name')).endsWith('WildcardedName')) {
      const found = columns.filter(({ name }) => name === text);
      return found.length > 0
        ? found
        : parsed.fail('UnresolvedColumn', `The column '${text}' does not exist.`, reference);
    }
    const pieces = text.split('*');
    const [start, end] = [itemAt(pieces, 0), itemAt(pieces, -1)];
    const fits = (name: string): boolean => {
      if (!name.startsWith(start) || !name.endsWith(end)) return false;
      let at = 0;
      for (const piece of pieces) {
        const found = name.indexOf(piece, at);
        if (found < 0) return false;
        at = found + piece.length;
      }
      return true;
    };
    const direction = classOf(element) === 'OrderedExpression' ? parsed.textOf(child(element, 'Ordering')).trim() : '';
    const found = columns.filter(({ name }) => fits(name));
    return direction === 'asc'
      ? found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      : direction === 'desc'
        ? found.toSorted((a, b) => (a.name > b.name ? -1 : 1))
        : found;
  });

const chosen = (
  node: Node,
  rows: OperatorRows,
  query: Query,
  choose: (all: readonly NamedValue[], listed: readonly NamedValue[]) => readonly NamedValue[],
): OperatorRows =>
  rows.each((leg) => leg.with(choose(leg.columns, [...new Set(meant(node, leg.columns, query).flat())])));

const rename = (node: Node, leg: Relation, query: Query): Relation => {
  const renamed = new Map<string, string>();
  for (const { name, expression } of writtenIn(node, 'Expressions', query)) {
    if (name === undefined || classOf(expression) !== 'NameReference')
      return query.parsed.fail('ParserFailure', 'A new name and a column are expected here.', expression);
    const old = nameIn(child(expression, 'Name'), query.parsed);
    if (!leg.named(old))
      return query.parsed.fail('UnresolvedColumn', `The column '${old}' does not exist.`, expression);
    renamed.set(old, name);
  }
  const columns = leg.columns.map(({ name, value }) => ({ name: renamed.get(name) ?? name, value }));
  const twice = columns.find(({ name }, index) => columns.findIndex((one) => one.name === name) !== index);
  return twice ? duplicate(twice.name, node, query) : leg.with(columns);
};

/** Operators that change columns, row by row. */
export const columnOperators: TabularOperators = {
  ProjectOperator: (node, rows, query) => rows.each((leg) => project(node, leg, query)),
  ExtendOperator: (node, rows, query) => rows.each((leg) => extend(node, leg, query)),
  ProjectAwayOperator: (node, rows, query) =>
    chosen(node, rows, query, (all, listed) => all.filter((column) => !listed.includes(column))),
  ProjectKeepOperator: (node, rows, query) =>
    chosen(node, rows, query, (all, listed) => all.filter((column) => listed.includes(column))),
  ProjectReorderOperator: (node, rows, query) =>
    chosen(node, rows, query, (all, listed) => [...listed, ...all.filter((column) => !listed.includes(column))]),
  ProjectRenameOperator: (node, rows, query) => rows.each((leg) => rename(node, leg, query)),
};
