import { expect, it } from 'vitest';
import type { FindingAnswer, PlacementAnswer } from '../client/answers.ts';
import { Terminal } from '../terminal/terminal.ts';
import { imageWords } from './words.ts';

const plain = new Terminal({ write: () => undefined }, { write: () => undefined }, {});
const image = { status: 'unhealthy', digest: `sha256:${'ab'.repeat(32)}`, repository: 'team/web', loginServer: 'registry.test', tags: [] } as unknown as PlacementAnswer;
const findings = (count: number, state: 'active' | 'exempt', severity: string): FindingAnswer[] => Array.from({ length: count }, (_, at) =>
  ({ severity, vulnerability: `CVE-${state}-${at}`, package: 'zlib', installedVersion: '1', state })) as unknown as FindingAnswer[];
const lines = (...of: readonly FindingAnswer[]): string[] => imageWords(plain, 'web', image, of, null).split('\n');

it('shows what counts before what a rule exempts, and counts them apart', () => {
  const shown = lines(...findings(5, 'exempt', 'Critical'), ...findings(17, 'active', 'Low'));
  expect(shown.at(-1)).toBe('and 2 more, and 5 exempt by a rule: --json has them all');
  expect(shown.filter((line) => line.includes('CVE-exempt'))).toEqual([]);
  expect(lines(...findings(12, 'active', 'Low'), ...findings(4, 'exempt', 'Low')).at(-1)).toBe('and 1 exempt by a rule: --json has them all');
  expect(lines(...findings(16, 'active', 'Low')).at(-1)).toBe('and 1 more: --json has them all');
});
