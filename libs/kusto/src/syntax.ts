import { createRequire } from 'node:module';
import { KustoError, positionIn, present, type ErrorPosition } from './errors.ts';
import { bracketed } from './brackets.ts';
import { objection } from './objection.ts';
import { checkOutline } from './outline.ts';

/** A node of the syntax tree of Microsoft's parser. */
export interface Node {
  readonly Kind: number;
  readonly ChildCount: number;
  readonly TextStart: number;
  readonly Width: number;
  GetChild(index: number): Node | null;
  readonly [property: string]: unknown;
}

interface List {
  readonly Count: number;
  getItem(index: number): Node;
}
interface Diagnostic {
  readonly Severity: string;
  readonly Code: string;
  readonly Message: string;
  readonly Start: number;
  readonly Length: number;
}
interface Code {
  readonly Kind: string;
  readonly Syntax: Node;
  GetDiagnostics(): { readonly Count: number; getItem(index: number): Diagnostic };
}
interface Bundle {
  readonly Kusto: {
    readonly Language: {
      readonly KustoCode: { Parse(text: string): Code };
      readonly Syntax: {
        readonly SyntaxKind: Readonly<Record<string, unknown>>;
        readonly SyntaxFacts: { IsKeyword$1(text: string): boolean };
      };
    };
  };
}

let bundle: Bundle | undefined;

/**
 * The parser, compiled from C# to JavaScript, puts itself into the globals. Loading it takes long: only a process for
 * it should.
 */
const language = (): Bundle['Kusto']['Language'] => {
  if (!bundle) {
    const require = createRequire(import.meta.url);
    require('@kusto/language-service-next/bridge.min.js');
    require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
    bundle = globalThis as unknown as Bundle;
  }
  return bundle.Kusto.Language;
};

const names = new WeakMap<object, string>();

/** The class of a node: `FilterOperator`, `BinaryExpression`, … */
export const classOf = (node: Node): string => {
  const type = node.constructor as unknown as { readonly $$name: string };
  let name = names.get(type);
  // The class names of lists and their elements include their type argument.
  if (name === undefined)
    names.set(
      type,
      (name = /(SyntaxList|SeparatedElement)\$/.exec(type.$$name)?.[1] ?? type.$$name.replace(/^.*\./s, '')),
    );
  return name;
};

let kinds: ReadonlyMap<number, string> | undefined;

/** The kind of a node, if its class has several: `EqualExpression`, `StringLiteralExpression`, … */
export const kindOf = (node: Node): string => {
  kinds ??= new Map(
    Object.entries(language().Syntax.SyntaxKind)
      .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
      .map(([name, kind]) => [kind, name]),
  );
  return kinds.get(node.Kind) ?? String(node.Kind);
};

/** The text of a literal. Numbers are objects of the parser's bundle. */
export const literalText = (node: Node): string | undefined => {
  const value = node.LiteralValue as string | { toString: () => string } | null | undefined;
  return value?.toString();
};

export const child = (node: Node, property: string): Node => node[property] as Node;
export const optional = (node: Node, property: string): Node | undefined =>
  (node[property] as Node | null | undefined) ?? undefined;

/** The first token of a node, such as the name of an operator, for the position of an error. */
export const firstToken = (node: Node): Node => node.GetChild(0) ?? node;

/** The elements of a list, without separators. */
export const elements = (node: Node, property: string): Node[] => {
  const found = node[property] as List | null | undefined;
  if (!found) return [];
  return Array.from({ length: found.Count }, (_, index) => {
    const element = found.getItem(index);
    return classOf(element) === 'SeparatedElement' ? present(element.GetChild(0), 'element') : element;
  });
};

/** A parsed query. */
export class Parsed {
  constructor(
    readonly text: string,
    readonly root: Node,
    private readonly originalOf: (offset: number) => number,
    readonly original: string,
  ) {}

  positionOf(node: Node): ErrorPosition {
    const begin = this.originalOf(node.TextStart);
    return positionIn(this.original, begin, this.originalOf(node.TextStart + node.Width) - begin);
  }

  textOf(node: Node): string {
    return this.text.slice(node.TextStart, node.TextStart + node.Width);
  }

  fail(code: KustoError['code'], message: string, node: Node): never {
    throw new KustoError(code, message, this.positionOf(node));
  }
}

const firstOperators = (
  'where filter extend project project-away project-keep project-rename project-reorder summarize join order sort ' +
  'parse parse-where mv-expand mvexpand mv-apply distinct count take limit top sample sample-distinct lookup render ' +
  'serialize evaluate invoke make-series getschema as consume partition scan facet fork reduce top-nested top-hitters'
).split(' ');

/** An operator at the start of a query, which then reads the default table. */
const first = new RegExp(String.raw`^\s*(?:\/\/[^\n]*\n\s*)*(\||(?:${firstOperators.join('|')})(?=\s|$|\|))`);

/**
 * Syntax that the parser accepts in some places only, and reports as a syntax error elsewhere: queries shared by
 * address, and functions that are keywords.
 */
const special = /^(\s*)(\{\{|(?:materialize|toscalar|totable)(?=\s*\())/;

/** Parses a query. Throws the parser's first error. */
export const parse = (original: string, defaultTable: string): Parsed => {
  checkOutline(original);
  const begin = first.exec(original);
  const prefix = begin === null ? '' : `${defaultTable} ${begin[1] === '|' ? '' : '| '}`;
  const { SyntaxFacts: facts } = language().Syntax;
  const written = bracketed(original, (word) => facts.IsKeyword$1(word) || word === 'true' || word === 'false');
  const originalOf = (offset: number): number => written.originalOf(Math.max(0, offset - prefix.length));
  const text = prefix + written.text;
  const code = language().KustoCode.Parse(text);
  const parsed = new Parsed(text, code.Syntax, originalOf, original);
  if (code.Kind !== 'Query')
    throw new KustoError(
      'UnsupportedOperator',
      'Management commands are not supported.',
      parsed.positionOf(code.Syntax),
    );
  const diagnostics = code.GetDiagnostics();
  for (let index = 0; index < diagnostics.Count; index += 1) {
    const { Severity: severity, Message: message, Start: start, Length: length } = diagnostics.getItem(index);
    if (severity !== 'Error') continue;
    const at = originalOf(start);
    const [, space = '', unsupported] = special.exec(original.slice(at)) ?? [];
    if (unsupported !== undefined)
      throw new KustoError(
        unsupported === '{{' ? 'UnsupportedOperator' : 'UnsupportedFunction',
        `'${unsupported}' is not supported here.`,
        positionIn(original, at + space.length, unsupported.length),
      );
    const { message: reworded, expected } = objection(message, original, at, (word) => facts.IsKeyword$1(word));
    throw new KustoError(
      'ParserFailure',
      reworded,
      positionIn(original, at, originalOf(start + length) - at),
      expected,
    );
  }
  return parsed;
};
