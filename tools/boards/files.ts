import type { Board } from './board.ts';
import { billing } from './boards/billing.ts';
import { estate } from './boards/estate.ts';
import { pipeline } from './boards/pipeline.ts';
import { promise } from './boards/promise.ts';
import { sandbox } from './boards/sandbox.ts';
import { grafanaFile } from './grafana.ts';
import { rulesFile, ruleTestsFile } from './rules.ts';
import { vmuiFile } from './vmui.ts';

/** All boards, in the order in which an operator looks at them. */
export const boards: readonly Board[] = [promise, pipeline, sandbox, estate, billing];

/** The files of boards and alerts, by their path from the root. */
export const operationsFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...boards.map((board) => [`ops/grafana/${board.name}.json`, grafanaFile(board)] as const),
    ['ops/prometheus/rules.yml', rulesFile()],
    ['ops/prometheus/rules.test.yml', ruleTestsFile()],
    ['ops/vmui/assay.json', vmuiFile(boards)],
  ]);
