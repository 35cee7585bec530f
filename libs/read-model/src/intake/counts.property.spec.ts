import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonical, changeOf, setSum, type AnyEvent, type ClassifiedFinding, type DataOf } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { dataOf, declined, digestOf, emitted, entryOf, pushFields, tell, wholeStory } from '../../test/fixtures.ts';
import { findingsBy, motleyRegistries, numbersFrom } from '../../test/motley.ts';
import { CountChanges, countTables, KeptCounts } from './counts.ts';
import { inSums } from '../store/finding-filter.ts';
import { ReadModelDatabase } from '../store/database.ts';
import { inMemory, type RunQuery } from '../store/duckdb.ts';
import type { PlacementState } from '../placement/placement.ts';
import { View } from '../view/view.ts';

const severity = (name: string, filter: string): string => `count(*) filter (severity = '${name}' and ${filter})`;
const severities = ['Critical', 'High', 'Medium', 'Low', 'Unknown'];
const all = (filter: string): string =>
  severities.map((name) => `${severity(name, filter)} as "${filter}${name}"`).join(', ');
const summed = (prefix = ''): string =>
  severities.map((name) => `sum(${prefix}${name.toLowerCase()}) as "${prefix}${name}"`).join(', ');

/** Both give the same columns in the same order: what is kept, and what a look at each finding gives. */
const [isActive, isClosed] = ["state = 'active'", "state = 'active' and fixed_version <> ''"];
const recounts = {
  vulnerability_counts: [
    `select registry_key, subscription_id, login_server, vulnerability, ${summed()}, ${summed('active_')},
      sum(images) as i, sum(active_images) as a, sum(fixable_images) as f, sum(active_fixable_images) as c
    from vulnerability_counts group by 1, 2, 3, 4 having i <> 0`,
    `select registry_key, subscription_id, login_server, vulnerability, ${all('true')}, ${all(isActive)},
      count(distinct image) as i, count(distinct image) filter (${isActive}) as a,
      count(distinct image) filter (fixed_version <> '') as f, count(distinct image) filter (${isClosed}) as c
    from findings where kind = 'finding' and ${inSums} group by 1, 2, 3, 4`,
  ],
  fix_counts: [
    `select registry_key, subscription_id, login_server, package_type, name, system, ${summed()}
    from fix_counts group by 1, 2, 3, 4, 5, 6 having sum(critical + high + medium + low + unknown) <> 0`,
    `select f.registry_key, f.subscription_id, f.login_server, package_type, coalesce(source_package, package),
      case when package_type = 'npm' then '' else trim(coalesce(os_family, '') || ' ' || coalesce(os_version, '')) end,
      ${all('true')}
    from findings f join images i on i.image = f.image where f.kind = 'finding' and f.${isClosed} and f.${inSums}
    group by 1, 2, 3, 4, 5, 6`,
  ],
} as const;

const rowsOf = async (query: RunQuery, sql: string): Promise<string[]> =>
  (await query(sql))
    .map((row) => JSON.stringify(Object.values(row).map((cell) => (typeof cell === 'string' ? cell : Number(cell)))))
    .toSorted();

const systems = [
  { family: 'debian', version: '13.0' },
  { family: 'alpine', version: '3.22' },
].map((system) => ({ ...dataOf('finding.classified').os!, ...system }));

/** The events of one image, each next one on the ones before. */
class Past {
  #verdict = 0;
  #order = 0;
  #last: { readonly event: AnyEvent; readonly findings: readonly ClassifiedFinding[] } | undefined;
  #rest: AnyEvent | undefined;

  constructor(
    private readonly n: number,
    private readonly random: (below: number) => number,
  ) {}

  get #place() {
    return { ...motleyRegistries[this.n % motleyRegistries.length]!, repository: 'team/web' };
  }

  next(): AnyEvent[] {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) return [rest];
    if (!this.#last || this.random(4) === 0) return this.#scanned();
    return (
      [this.#deleted, this.#declined, this.#tagged, this.#tagged, this.#sighted, this.#sighted][this.random(13)]?.call(
        this,
      ) ?? this.#changed()
    );
  }

  #scanned(): AnyEvent[] {
    const findings = findingsBy(this.random);
    const story = wholeStory({
      digest: digestOf(this.n),
      verdict: (this.#verdict += 1),
      findings,
      push: this.#place,
      classified: { os: systems[this.random(2)]! },
    });
    const event = story.find(({ topic }) => topic === 'finding.classified')!;
    this.#last = { event, findings: (event.data as DataOf<'finding.classified'>).findings };
    return story;
  }

  #deleted(): AnyEvent[] {
    this.#last = undefined;
    return this.#declined('image-deleted');
  }

  #declined(reason = 'plan-disabled'): AnyEvent[] {
    const push = (this.#last?.event.data as DataOf<'finding.classified'> | undefined)?.verdict ?? 1;
    const of = { digest: digestOf(this.n), push, verdict: (this.#verdict += 1) };
    const event = declined(reason, of, { id: `declined ${this.n} ${this.#verdict}` });
    return [{ ...event, data: { ...event.data, ...this.#place } } as AnyEvent];
  }

  /** It loses its tag, or has it again. */
  #tagged(): AnyEvent[] {
    const order = (this.#order += 1);
    const tags = this.random(2) === 0 ? ['v1'] : [];
    return [emitted('image.tagged', { ...pushFields(digestOf(this.n), 1), ...this.#place, tags, indexes: [], order })];
  }

  /** A cluster has it, or has it no more; sometimes the event is late. */
  #sighted(): AnyEvent[] {
    const seenAt = new Date(Date.parse('2026-11-01T00:00:00Z') + this.random(20) * 3_600_000).toISOString();
    const [cluster, state] = [`cluster-${this.random(2)}`, this.random(3) === 0 ? 'gone' : 'running'] as const;
    return [emitted('image.running', { digest: digestOf(this.n), cluster, state, since: seenAt, seenAt })];
  }

  /** A change, sometimes on two pages of which the second comes later. */
  #changed(): AnyEvent[] {
    const { event, findings: before } = this.#last!;
    const data = event.data as DataOf<'finding.classified'>;
    const kept = before.filter(() => this.random(3) > 0);
    const entries = findingsBy(this.random).map((finding) => entryOf(finding, data.layers));
    const keyOf = ({ vulnerability, package: name }: ClassifiedFinding): string => `${vulnerability} ${name}`;
    const after = canonical([...new Map([...kept, ...entries].map((entry) => [keyOf(entry), entry])).values()]);
    const { findings, removed, ruled } = changeOf(before, after);
    const pageOf = (page: number, pages: number, some: readonly ClassifiedFinding[]): AnyEvent =>
      emitted('finding.classified', {
        ...pushFields(digestOf(this.n), data.verdict),
        ...this.#place,
        verdict: data.verdict,
        classification: data.classification + 1,
        status: after.some(({ state }) => state === 'active') ? 'unhealthy' : 'healthy',
        os: systems[this.random(2)]!,
        content: 'change',
        base: { id: event.id, verdict: data.verdict, classification: data.classification },
        set: setSum(after),
        layers: undefined as never,
        page,
        pages,
        findings: [...some],
        removed: page === 1 ? [...removed] : [],
        ruled: page === 1 ? [...ruled] : [],
      });
    if (this.random(3) > 0 || findings.length < 2) {
      const whole = pageOf(1, 1, findings);
      this.#last = { event: whole, findings: after };
      return [whole];
    }
    const first = pageOf(1, 2, findings.slice(0, 1));
    this.#rest = pageOf(2, 2, findings.slice(1));
    this.#last = { event: this.#rest, findings: after };
    return [first];
  }
}

describe('the kept counts of findings', () => {
  it('are what a recount gives, after any changes', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = numbersFrom(seed);
        const errors: unknown[] = [];
        const log = new EmbeddedLog(':memory:');
        const view = await View.open({ path: inMemory, log, onError: (error) => errors.push(error) });
        const pasts = [1, 2, 3, 4, 5].map((n) => new Past(n, random));
        let counted = 0;
        for (let step = 0; step < 8; step += 1) {
          await tell(log, ...Array.from({ length: 1 + random(4) }, () => pasts[random(pasts.length)]!.next()).flat());
          await view.caughtUp();
          for (const table of countTables) {
            const [kept, recount] = recounts[table];
            const rows = await view.read((query) => rowsOf(query, kept));
            counted += rows.length;
            expect(rows).toEqual(await view.read((query) => rowsOf(query, recount)));
          }
        }
        expect(counted).toBeGreaterThan(0);
        expect(errors).toEqual([]);
        await view.close();
        await log.close();
      }),
      { numRuns: 3 },
    ));
});

describe('the rows of the counts', () => {
  let database: ReadModelDatabase;
  beforeEach(async () => {
    database = await ReadModelDatabase.open({ path: inMemory, memoryLimit: '200MB', threads: 1 });
  });
  afterEach(() => database.close());

  const state = {
    placement: { ...motleyRegistries[0]!, repository: 'team/web', digest: digestOf(1) },
  } as unknown as PlacementState;
  const found = (n: number) => findingsBy(numbersFrom(n)).map((finding) => entryOf(finding));

  it('are added up once they are too many, and sums of nothing go', async () => {
    const { writing } = database;
    const counts = new KeptCounts(writing, 20);
    const rows = async (): Promise<number> =>
      Number((await writing.query<{ n: bigint }>('select count(*) as n from vulnerability_counts'))[0]!.n);
    const written = async (sign: 1 | -1, n: number): Promise<void> => {
      const changes = new CountChanges();
      changes.count(state, found(n), sign, false);
      await writing.transaction(() => counts.write(changes));
    };
    const sizes: number[] = [];
    for (let n = 1; n <= 20; n += 1) {
      await written(1, n);
      sizes.push(await rows());
    }
    const before = await rowsOf(writing.query, recounts.vulnerability_counts[0]);
    expect(before.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * before.length + 20 + 6);
    for (let n = 1; n <= 20; n += 1) await written(-1, n);
    expect(await rowsOf(writing.query, recounts.vulnerability_counts[0])).toEqual([]);
    expect(await rows()).toBeLessThanOrEqual(2 * before.length + 20 + 6);
  });

  it('are none for findings that stay', () => {
    const changes = new CountChanges();
    for (const sign of [-1, 1] as const) changes.count(state, found(3), sign, false);
    expect(countTables.flatMap((table) => changes.rows(table))).toEqual([]);
  });
});
