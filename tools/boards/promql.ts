import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** One selector of a PromQL expression: `name{label="value"}`. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** The parts of a PromQL expression that name something. */
interface NamesIn {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `on`, `ignoring` and `group_left`. */
  readonly grouping: readonly string[];
  /** Each gauge or counter with the innermost aggregation around it, if any. */
  readonly aggregations: readonly (readonly [name: string, operator: string | undefined])[];
}

/** The nodes around a node, the innermost first. */
const ancestorsOf = (node: SyntaxNode): readonly SyntaxNode[] =>
  node.parent ? [node.parent, ...ancestorsOf(node.parent)] : [];

/**
 * Parses an expression with the grammar of Prometheus' own editor.
 *
 * @throws Error if it is no PromQL
 */
export const namesIn = (promql: string): NamesIn => {
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => promql.slice(from, to);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  const aggregations: (readonly [string, string | undefined])[] = [];
  parser.parse(promql).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${promql}`);
      if (node.name === 'GroupingLabels')
        grouping.push(...node.node.getChildren('LabelName').map((label) => textOf(label)));
      if (node.name !== 'VectorSelector') return;
      const identifier = node.node.getChild('Identifier');
      if (!identifier) throw new Error(`a selector without a name: ${promql}`);
      const name = textOf(identifier);
      const matchers = node.node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      selectors.push({
        name,
        matchers: matchers.map((matcher) => ({
          label: textOf(matcher.getChild('LabelName')!),
          operator: textOf(matcher.getChild('MatchOp')!),
          value: textOf(matcher.getChild('StringLiteral')!).slice(1, -1),
        })),
      });
      const around = ancestorsOf(node.node);
      // Whether any instance has a value is asked of all at once.
      if (around.some((each) => each.name === 'FunctionCall' && textOf(each).startsWith('absent'))) return;
      const operator = around.find((each) => each.name === 'AggregateExpr')?.getChild('AggregateOp');
      aggregations.push([name, operator ? textOf(operator) : undefined]);
    },
  });
  return { selectors, grouping, aggregations };
};
