import { aggregates } from './aggregates.ts';
import { functions } from './functions/index.ts';
import { child, classOf, elements, kindOf, literalText, type Node, type Parsed } from './syntax.ts';

/** The name in a name node, without brackets and quotes. */
export const nameIn = (node: Node, parsed: Parsed): string => {
  if (classOf(node) === 'BracketedName') return literalText(child(node, 'Name')) ?? parsed.textOf(child(node, 'Name'));
  return parsed.textOf(node);
};

export const declaredName = (node: Node, parsed: Parsed): string => nameIn(child(node, 'Name'), parsed);

/** The automatic column name of an expression without a name; undefined if the column is numbered instead. */
export const automaticName = (node: Node, parsed: Parsed): string | undefined => {
  switch (classOf(node)) {
    case 'NameReference':
      return nameIn(child(node, 'Name'), parsed);
    case 'ParenthesizedExpression':
      return automaticName(child(node, 'Expression'), parsed);
    case 'PathExpression':
    case 'ElementExpression':
      return ofPath(node, parsed);
    case 'FunctionCallExpression':
      return ofCall(node, parsed);
    default:
      return undefined;
  }
};

const ofPath = (node: Node, parsed: Parsed): string | undefined => {
  const base = automaticName(child(node, 'Expression'), parsed);
  const selector = child(node, 'Selector');
  if (base === undefined) return undefined;
  if (classOf(selector) === 'NameReference') return `${base}_${nameIn(child(selector, 'Name'), parsed)}`;
  const inner = classOf(selector) === 'BracketedExpression' ? child(selector, 'Expression') : selector;
  const isNegative = kindOf(inner) === 'UnaryMinusExpression';
  const value = literalText(isNegative ? child(inner, 'Expression') : inner);
  return value === undefined ? base : `${base}_${isNegative ? '-' : ''}${value}`;
};

const ofCall = (node: Node, parsed: Parsed): string | undefined => {
  const name = declaredName(child(node, 'Name'), parsed);
  const argument = elements(child(node, 'ArgumentList'), 'Expressions')[0];
  const inner = argument && classOf(argument) !== 'StarExpression' ? automaticName(argument, parsed) : undefined;
  const aggregate = aggregates[name];
  if (aggregate)
    return aggregate.columnName(inner, literalText(elements(child(node, 'ArgumentList'), 'Expressions')[1] ?? node));
  const naming = functions[name]?.naming;
  if (naming === 'argument') return inner;
  return naming === 'prefixed' && inner !== undefined ? `${name}_${inner}` : undefined;
};

/** A column as written: its name, if given, and its expression. */
export interface WrittenColumn {
  readonly name: string | undefined;
  readonly expression: Node;
  readonly node: Node;
  /** A list of names: `(a, b) = f(x)`. */
  readonly names?: readonly string[];
}

export const written = (node: Node, parsed: Parsed): WrittenColumn => {
  if (classOf(node) === 'SimpleNamedExpression')
    return { name: declaredName(child(node, 'Name'), parsed), expression: child(node, 'Expression'), node };
  if (classOf(node) === 'CompoundNamedExpression')
    return {
      name: undefined,
      names: elements(child(node, 'Names'), 'Names').map((name) => declaredName(name, parsed)),
      expression: child(node, 'Expression'),
      node,
    };
  return { name: undefined, expression: node, node };
};

/** Assigns column names: an automatic name gets a number if it is taken, a written name must be free. */
export class ColumnNames {
  readonly #taken: Set<string>;
  #numbered = 0;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** A free name that starts with the given name. */
  free(name: string | undefined): string {
    let found = name;
    if (found === undefined) {
      do found = `Column${(this.#numbered += 1)}`;
      while (this.#taken.has(found));
    } else for (let suffix = 1; this.#taken.has(found); suffix += 1) found = `${name}${suffix}`;
    this.#taken.add(found);
    return found;
  }

  take(name: string): void {
    this.#taken.add(name);
  }
}
