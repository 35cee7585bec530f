import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KustoTranslator } from '../src/index.ts';
import { catalogue, now } from './asked.ts';

const options = { now, page: { limit: 10, offset: 0, mostBytes: 1 << 20 } };

let translator: KustoTranslator;
beforeAll(async () => {
  translator = new KustoTranslator(catalogue, { limitMs: 1_000 });
  await translator.translate('things | count', options);
}, 60_000);
afterAll(() => translator.close());

const hostile: readonly (readonly [what: string, query: string])[] = [
  ['200 levels of brackets', `things | where ${'('.repeat(200)}n == 1${')'.repeat(200)}`],
  ['1000 levels of brackets', `things | where ${'('.repeat(1000)}n == 1${')'.repeat(1000)}`],
  ['20000 brackets that nobody closes', `things | where ${'('.repeat(20_000)}`],
  ['200 calls in each other', `things | project x = ${'tostring('.repeat(200)}n${')'.repeat(200)}`],
  ['200 iffs in each other', `things | project x = ${'iff(b, 1, '.repeat(200)}2${')'.repeat(200)}`],
  ['200 coalesces in each other', `things | project x = ${'coalesce(p.a, '.repeat(200)}p.b${')'.repeat(200)}`],
  ['50 pipes that double', `things | extend x = name ${Array.from({ length: 50 }, () => '| extend x = strcat(x, x)').join(' ')}`],
  ['40 sums that double', `things | project x = ${Array.from({ length: 40 }).reduce((text: string) => `bin(${text}, ${text.length % 7})`, 'n')}`],
  ['1000 pipes', `things ${'| where n == 1 '.repeat(1000)}`],
  ['100 kB of conditions', `things | where ${Array.from({ length: 5_000 }, (_, n) => `name == 'a${n}'`).join(' or ')}`],
  ['100 kB of values', `things | where name in (${Array.from({ length: 9_000 }, (_, n) => `'a${n}'`).join(', ')})`],
  ['1 MB', `things | where name == '${'x'.repeat(1 << 20)}'`],
  ['joins in joins', `things | join (${'things | join ('.repeat(100)}things${') on id'.repeat(100)}) on id`],
  ['unions in unions', `${'union things, ('.repeat(100)}things${')'.repeat(100)}`],
  ['100 kB of quotes', `things | where name == ${'"'.repeat(100_000)}`],
  ['100 kB of pipes', `things ${'|'.repeat(100_000)}`],
  ['100 kB of dots', `things | project p${'.a'.repeat(50_000)}`],
];

describe('a translator', () => {
  it.each(hostile)('answers %s, or refuses it, soon', async (_, query) => {
    const begun = performance.now();
    const answer = await translator.translate(query, options).then(() => 'translated', (error: unknown) => (error as { code?: string }).code);
    expect(['translated', 'QueryTooComplex', 'ParserFailure', 'DisallowedMaxNumberOfRemoteTables', 'TooManyUnionLegs']).toContain(answer);
    expect(performance.now() - begun).toBeLessThan(10_000);
  }, 20_000);

  it('goes on behind what it could not answer', async () => {
    expect((await translator.translate('things | count', options)).columns).toEqual([{ name: 'Count', type: 'long' }]);
  }, 60_000);

  it('keeps the event loop free, and answers many at once in their order', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => { longest = Math.max(longest, performance.now() - last); last = performance.now(); }, 5);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => translator.translate(`things | project x${n} = 1`, options)));
    clearInterval(timer);
    expect(answers.map(({ columns }) => columns[0]!.name)).toEqual(answers.map((_, n) => `x${n}`));
    expect(longest).toBeLessThan(500);
  });

  it('writes nothing of a query into SQL', async () => {
    const text = "'; drop table things; --";
    const { rows } = await translator.translate(`things | where name == "${text}" | project ["${text}"] = p["${text}"], x = p.list[7] | extend y = strcat(x, "zebra")`, options);
    expect(rows.sql).not.toMatch(/drop|zebra/);
    expect(Object.values(rows.parameters)).toContain(text);
  });

  it('ends what waits when it is closed', async () => {
    const other = new KustoTranslator(catalogue);
    await Promise.all([expect(other.translate('things', options)).rejects.toThrow('closed'), other.close()]);
  });
});
