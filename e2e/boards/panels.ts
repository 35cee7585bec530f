import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly GrafanaPanel[];
}
interface VmuiBoard {
  readonly rows: readonly {
    readonly title: string;
    readonly panels: readonly { readonly title: string; readonly expr: readonly string[] }[];
  }[];
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(ops, path), 'utf8')) as T;

const queriesIn = (board: string, panels: readonly GrafanaPanel[]): WrittenQuery[] =>
  panels.flatMap(({ title, targets = [], panels: below = [] }) => [
    ...targets.map(({ expr }) => ({ board, panel: title, promql: expr })),
    ...queriesIn(board, below),
  ]);

/** The title of each board, with which its rows in vmui begin. */
export const boardTitles = (): Readonly<Record<BoardName, string>> =>
  Object.fromEntries(
    boardNames.map((name) => [name, json<{ readonly title: string }>(`grafana/${name}.json`).title]),
  ) as Record<BoardName, string>;

/** Every query of the boards of Grafana and of vmui. */
const panelQueries = (): readonly WrittenQuery[] => [
  ...boardNames.flatMap((board) =>
    queriesIn(board, json<{ panels: readonly GrafanaPanel[] }>(`grafana/${board}.json`).panels),
  ),
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
  const { panels } = json<{ panels: readonly GrafanaPanel[] }>(`grafana/${board}.json`);
  const [found, ...others] = queriesIn(board, panels).filter(({ panel }) => panel === title);
  if (!found || others.length > 0) throw new Error(`the board ${board} has ${found ? 'several' : 'no'} "${title}"`);
  return found.promql;
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
