import { expect, it } from 'vitest';
import { failuresTo } from './shell.ts';
import { Terminal } from './terminal/terminal.ts';

it('a line of the log of the suite says what can be done, too', () => {
  const lines: string[] = [];
  const terminal = new Terminal(
    { write: () => undefined },
    {
      write: (text: string) => {
        lines.push(text);
      },
    },
    {},
  );
  const failed = failuresTo({ env: {}, directory: '/', terminal });
  failed('billing', 'scan.completed', Object.assign(new Error('it stands still'), { remedy: 'see `assay halted`' }));
  failed('billing', 'scan.completed', new Error('it went wrong'));
  expect(lines).toEqual([
    'billing: scan.completed: it stands still: see `assay halted`\n',
    'billing: scan.completed: it went wrong\n',
  ]);
});
