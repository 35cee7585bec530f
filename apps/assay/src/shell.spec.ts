import { expect, it } from 'vitest';
import { failuresTo } from './shell.ts';
import { Terminal } from './terminal/terminal.ts';

it('prints a failure of a running suite, with its code and remedy', () => {
  const written: string[] = [];
  const terminal = new Terminal(
    { write: () => undefined },
    {
      write: (text: string) => {
        written.push(text);
      },
    },
    {},
  );
  const failed = failuresTo({ env: {}, directory: '/', terminal });
  failed(
    'ingestion',
    'sweeping a.test',
    Object.assign(new Error('7 are gone'), { code: 'sweep-held', remedy: 'look' }),
  );
  failed('ingestion', 'a job', new Error('no'));
  failed('ingestion', 'a job', undefined);
  expect(written.join('').trimEnd().split('\n')).toEqual([
    'ingestion: sweeping a.test: 7 are gone (sweep-held). Look.',
    'ingestion: a job: no',
    'ingestion: a job: undefined',
  ]);
});
