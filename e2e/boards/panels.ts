import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TraceSearch } from '../../tools/boards/board.ts';
import type { Victoria } from './victoria.ts';

const ops = fileURLToPath(new URL('../../ops/', import.meta.url));

const boardNames = ['promise', 'pipeline', 'sandbox', 'estate', 'billing'] as const;
export type BoardName = (typeof boardNames)[number];

/** A query of a panel. */
interface WrittenQuery {
  readonly board: string;
  readonly panel: string;
  readonly promql: string;
}

interface GrafanaPanel {
  readonly title: string;
  /** Those of traces are searches, without an expression. */
  readonly targets?: readonly ({ readonly expr?: string; readonly limit?: number } & Partial<TraceSearch>)[];
  readonly panels?: readonly GrafanaPanel[];
}
interface GrafanaBoard {
  readonly title: string;
  readonly panels: readonly GrafanaPanel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}
interface VmuiBoard {
  readonly rows: readonly {
    readonly title: string;
    readonly panels: readonly { readonly title: string; readonly expr: readonly string[] }[];
  }[];
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(ops, path), 'utf8')) as T;

const grafana = (name: BoardName): GrafanaBoard => json(`grafana/${name}.json`);

const queriesIn = (board: string, panels: readonly GrafanaPanel[]): WrittenQuery[] =>
  panels.flatMap(({ title, targets = [], panels: below = [] }) => [
    ...targets.flatMap(({ expr }) => (expr === undefined ? [] : [{ board, panel: title, promql: expr }])),
    ...queriesIn(board, below),
  ]);

/** The title of each board, with which its rows in vmui begin. */
export const boardTitles = (): Readonly<Record<BoardName, string>> =>
  Object.fromEntries(boardNames.map((name) => [name, grafana(name).title])) as Record<BoardName, string>;

/** Every query of the boards of Grafana and of vmui. */
const panelQueries = (): readonly WrittenQuery[] => [
  ...boardNames.flatMap((board) => queriesIn(board, grafana(board).panels)),
  ...json<VmuiBoard>('vmui/assay.json').rows.flatMap(({ title: row, panels }) =>
    panels.flatMap(({ title, expr }) => expr.map((promql) => ({ board: 'vmui', panel: `${row}: ${title}`, promql }))),
  ),
];

/**
 * The expression of a panel of Grafana with one query.
 *
 * @throws Error if the board has no query under this title, or several
 */
export const expressionOf = (board: BoardName, title: string): string => {
  const { panels } = grafana(board);
  const [found, ...others] = queriesIn(board, panels).filter(({ panel }) => panel === title);
  if (!found || others.length > 0) throw new Error(`the board ${board} has ${found ? 'several' : 'no'} "${title}"`);
  return found.promql;
};

/**
 * The search of a panel with traces.
 *
 * @param slow what a user entered at the head of the board, in place of the default
 * @throws Error if the board has no such panel
 */
export const searchOf = (board: BoardName, title: string, slow?: string): TraceSearch & { readonly limit: string } => {
  const { panels, templating } = grafana(board);
  const { service, operation, minDuration, tags, limit } =
    panels.find((panel) => panel.title === title)?.targets?.[0] ?? {};
  if (!service || !operation) throw new Error(`the board ${board} has no traces "${title}"`);
  const least = slow ?? templating.list.find(({ name }) => name === 'slow')?.query ?? '';
  return {
    service,
    operation,
    limit: String(limit),
    ...(minDuration ? { minDuration: minDuration.replace('${slow}', least) } : {}),
    ...(tags ? { tags } : {}),
  };
};

/** Panels that may be empty after the runs of this test, each with the reason. */
const emptyBecause: readonly (readonly [expression: RegExp, reason: string])[] = [
  [/^sum by \(service\) \(increase\(assay_events_repeated_total/, 'an event is repeated after a crash only'],
  [/assay_events_skipped_total/, 'no publisher of a foreign type writes to these topics'],
  [/assay_database_unmarked_total/, 'a mark is held back from 200 exceptions in one partition on'],
];

export interface PanelAnswer extends WrittenQuery {
  readonly series: number;
  /** Why it may be empty. */
  readonly reason?: string | undefined;
}

/** Asks for every panel over the time of the test. */
export const answersOf = async (victoria: Victoria, from: Date, to: Date): Promise<readonly PanelAnswer[]> => {
  const answers: PanelAnswer[] = [];
  for (const query of panelQueries()) {
    const series = await victoria.range(query.promql, from, to, 5);
    const reason = emptyBecause.find(([expression]) => expression.test(query.promql))?.[1];
    answers.push({
      ...query,
      series: series.filter(({ samples }) => samples.some(([, value]) => Number.isFinite(value))).length,
      reason,
    });
  }
  return answers;
};
