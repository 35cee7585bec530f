import { rulesFile, ruleTestsFile } from './rules.ts';

/** The files of boards and alerts, by their path from the root. */
export const operationsFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['ops/prometheus/rules.yml', rulesFile()],
    ['ops/prometheus/rules.test.yml', ruleTestsFile()],
  ]);
