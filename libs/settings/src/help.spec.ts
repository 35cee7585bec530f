import { expect, it } from 'vitest';
import { everySetting } from './catalogue.ts';
import { helpOf, settingsHelp } from './help.ts';

it('the help of a service lists its settings by task, in 80 columns', () => {
  const lines = settingsHelp('billing').split('\n');
  expect(lines).toContain('Charge for assessments');
  expect(lines).toContain('  ASSAY_PRICES');
  expect(lines).not.toContain('  ASSAY_TRIVY');
  expect(lines.filter((line) => line.length > 80 && line.trim().includes(' '))).toEqual([]);
});

it('help names defaults, without Markdown', () => {
  expect(helpOf(['ASSAY_HOME'])).toBe(
    "  ASSAY_HOME\n      Assay's own folder: scanners, databases, data. Default: .assay.",
  );
  expect(everySetting().filter(({ name }) => helpOf([name]).includes('.md'))).toEqual([]);
});
