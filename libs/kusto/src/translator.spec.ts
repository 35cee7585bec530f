import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KustoTranslator } from './index.ts';
import { catalogue, now } from '../test/query-tables.ts';

const options = { now, page: { limit: 10, offset: 0, mostBytes: 1 << 20 } };

/** A translator with a short limit. */
let translator: KustoTranslator;
beforeAll(async () => {
  translator = new KustoTranslator(catalogue, { limitMs: 400 });
  await translator.translate('things | count', options);
});
afterAll(() => translator.close());

const hostile: readonly (readonly [name: string, query: string])[] = [
  ['200 levels of brackets', `things | where ${'('.repeat(200)}n == 1${')'.repeat(200)}`],
  ['1000 levels of brackets', `things | where ${'('.repeat(1000)}n == 1${')'.repeat(1000)}`],
  ['20000 brackets that nobody closes', `things | where ${'('.repeat(20_000)}`],
  ['200 calls in each other', `things | project x = ${'tostring('.repeat(200)}n${')'.repeat(200)}`],
  ['200 iffs in each other', `things | project x = ${'iff(b, 1, '.repeat(200)}2${')'.repeat(200)}`],
  ['200 coalesces in each other', `things | project x = ${'coalesce(p.a, '.repeat(200)}p.b${')'.repeat(200)}`],
  [
    '50 pipes that double',
    `things | extend x = name ${Array.from({ length: 50 }, () => '| extend x = strcat(x, x)').join(' ')}`,
  ],
  [
    '40 sums that double',
    'things | project x = ' +
      Array.from({ length: 40 }).reduce((text: string) => `bin(${text}, ${text.length % 7})`, 'n'),
  ],
  ['1000 pipes', `things ${'| where n == 1 '.repeat(1000)}`],
  ['100 kB of conditions', `things | where ${Array.from({ length: 5_000 }, (_, n) => `name == 'a${n}'`).join(' or ')}`],
  ['100 kB of values', `things | where name in (${Array.from({ length: 9_000 }, (_, n) => `'a${n}'`).join(', ')})`],
  ['1 MB', `things | where name == '${'x'.repeat(1 << 20)}'`],
  ['joins in joins', `things | join (${'things | join ('.repeat(100)}things${') on id'.repeat(100)}) on id`],
  ['unions in unions', `${'union things, ('.repeat(100)}things${')'.repeat(100)}`],
  ['100 kB of minus signs', `things | project x = ${'- '.repeat(50_000)}1`],
  ['5000 brackets of each kind', `things | project x = ${'([{'.repeat(5_000)}`],
  ['100 kB of quotes', `things | where name == ${'"'.repeat(100_000)}`],
  ['100 kB of pipes', `things ${'|'.repeat(100_000)}`],
  ['100 kB of dots', `things | project p${'.a'.repeat(50_000)}`],
];

describe('a translator', () => {
  it.each(hostile)('answers %s, or refuses it', async (_, query) => {
    const answer = await translator.translate(query, options).then(
      () => 'translated',
      (error: unknown) => (error as { code?: string }).code,
    );
    expect([
      'translated',
      'QueryTooComplex',
      'ParserFailure',
      'DisallowedMaxNumberOfRemoteTables',
      'TooManyUnionLegs',
    ]).toContain(answer);
  });

  it('continues after a query that it could not answer', async () => {
    expect((await translator.translate('things | count', options)).columns).toEqual([{ name: 'Count', type: 'long' }]);
  });

  it('keeps the event loop free, and answers concurrent queries in order', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => translator.translate(`things | project x${n} = 1`, options)),
    );
    isOver = true;
    expect(answers.map(({ columns }) => columns[0]!.name)).toEqual(answers.map((_, n) => `x${n}`));
    expect(turns).toBeGreaterThan(50);
  });

  it('writes nothing of a query into SQL', async () => {
    const text = "'; drop table things; --";
    const { rows } = await translator.translate(
      `things | where name == "${text}" | project ["${text}"] = p["${text}"], x = p.list[7] | ` +
        'extend y = strcat(x, "zebra")',
      options,
    );
    expect(rows.sql).not.toMatch(/drop|zebra/);
    expect(Object.values(rows.parameters)).toContain(text);
  });

  it('rejects waiting queries when it is closed', async () => {
    const other = new KustoTranslator(catalogue);
    await Promise.all([expect(other.translate('things', options)).rejects.toThrow('closed'), other.close()]);
  });
});

/** An owner in a process of its own. It prints the id of each process that it starts, and then runs `then`. */
const owner = (then: string): ChildProcess => {
  const program = `
    import childProcess from 'node:child_process';
    import { syncBuiltinESMExports } from 'node:module';
    const { fork } = childProcess;
    childProcess.fork = (...given) => { const child = fork(...given); console.log('child', child.pid); return child; };
    syncBuiltinESMExports();
    const { KustoTranslator } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url))});
    const { catalogue, now } = await import(${JSON.stringify(new URL('../test/query-tables.ts', import.meta.url))});
    const translator = new KustoTranslator(catalogue, { limitMs: 600_000 });
    const options = { now, page: { limit: 10, offset: 0, mostBytes: 1 << 20 } };
    await translator.translate('things | count', options);
    ${then}`;
  const flags = [
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    program,
  ];
  const started = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    started.kill('SIGKILL');
  });
  return started;
};

const linesOf = (of: ChildProcess): AsyncIterator<string> =>
  createInterface({ input: of.stdout! })[Symbol.asyncIterator]();
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const gone = async (pid: number): Promise<void> => {
  while (isThere(pid))
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
};

describe('the process of a translator', () => {
  it('does not keep its owner alive, and ends with it', async () => {
    const one = owner("console.log('translated');");
    const ended = once(one, 'exit');
    const lines = linesOf(one);
    const pid = Number(((await lines.next()).value as string).split(' ')[1]);
    expect((await lines.next()).value).toBe('translated');
    expect(await ended).toEqual([0, null]);
    await gone(pid);
  });

  it('ends when its owner is killed, also while it hangs in a query', async () => {
    const one = owner(
      "translator.translate('things ' + '|'.repeat(190_000), options).catch(() => undefined); " +
        "setTimeout(() => { console.log('asked'); }, 300);",
    );
    const lines = linesOf(one);
    const pid = Number(((await lines.next()).value as string).split(' ')[1]);
    expect((await lines.next()).value).toBe('asked');
    expect(isThere(pid)).toBe(true);
    one.kill('SIGKILL');
    await gone(pid);
  });

  it('ignores signals to its process group, so that its owner can finish', async () => {
    const one = owner(
      "console.log('loaded'); process.stdin.once('data', async () => { console.log((await " +
        "translator.translate('things | project id', options)).columns[0].name); });",
    );
    const lines = linesOf(one);
    const pid = Number(((await lines.next()).value as string).split(' ')[1]);
    expect((await lines.next()).value).toBe('loaded');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(pid, signal);
    one.stdin!.write('go on');
    expect((await lines.next()).value).toBe('id');
  });
});
