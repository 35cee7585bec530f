import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonical, changeOf, setSum, type AnyEvent, type ClassifiedFinding, type DataOf } from '@assay/events';
import { recordOf, type NewRecord } from '@assay/messaging';
import { entryOf, emitted, digestOf, findingOf, pushFields, tell, wholeStory } from '../../test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const digest = digestOf(1);
const numbered = (n: number, changes = {}) => findingOf({ vulnerability: `CVE-2026-${n}`, ...changes });
const entries = (...findings: ReturnType<typeof numbered>[]) => canonical(findings.map((finding) => entryOf(finding)));

/** One classification after another, each a change on the one before. */
class Chain {
  #before: { id: string; classification: number; entries: readonly ClassifiedFinding[] };

  constructor(story: readonly AnyEvent[]) {
    const { id, data } = story.find(({ topic }) => topic === 'finding.classified')!;
    const { classification, findings } = data as DataOf<'finding.classified'>;
    this.#before = { id, classification, entries: findings };
  }

  next(after: readonly ClassifiedFinding[], more: Partial<DataOf<'finding.classified'>> = {}): AnyEvent {
    const { id, classification, entries: before } = this.#before;
    const { findings, removed, ruled } = changeOf(before, after);
    const active = after.filter(({ state }) => state === 'active').length;
    const event = emitted('finding.classified', {
      ...pushFields(digest, 1),
      verdict: 1,
      classification: classification + 1,
      status: active > 0 ? 'unhealthy' : 'healthy',
      bySeverity: { Critical: 0, High: active, Medium: 0, Low: 0, Unknown: 0 },
      content: 'change',
      base: { id, verdict: 1, classification },
      set: setSum(after),
      findings: [...findings],
      removed: [...removed],
      ruled: [...ruled],
      layers: undefined as never,
      ...more,
    });
    this.#before = { id: event.id, classification: classification + 1, entries: canonical(after) };
    return event;
  }
}

const findings = async (): Promise<any[]> => (await assay.get(`/assay/images/${digest}/findings?state=all`)).body.value;
const ids = async (): Promise<string[]> =>
  (await findings()).map(({ vulnerability, state }) => `${vulnerability} ${state}`).toSorted();
const placement = async (): Promise<any> => (await assay.get(`/assay/images/${digest}`)).body.placements[0];
const recordNames = async () =>
  assay.view.read((query) => query<{ name: string }>('select name::varchar as name from findings order by 1'));

/** A version that no program knows. */
const unreadable = (event: AnyEvent): NewRecord => {
  const record = recordOf(event, assay.log.partitions);
  return { ...record, headers: { ...record.headers, ce_type: 'assay.finding.classified.vX' } };
};

const redriven = (record: { partition: number }, offset: number): AnyEvent =>
  emitted('operator.acted', {
    command: 'redrive',
    target: `view/finding.classified/${record.partition}/${offset}`,
    outcome: 'ordered',
    by: 'ana',
    why: 'mended',
    details: { key: digest },
  });

describe('a change of findings', () => {
  const [one, two, three] = [numbered(1), numbered(2), numbered(3)];
  const exempt = numbered(2, { state: 'exempt', ruleId: 'quiet' });

  it('is put on the set before, with the same names and first sightings as the whole set', async () => {
    const story = wholeStory({ findings: [one, two] });
    const chain = new Chain(story);
    await assay.publish(...story);
    await assay.publish(chain.next(entries(two, { ...three, firstSeenAt: '2026-11-25T00:00:00.000Z' })));
    expect(await ids()).toEqual(['CVE-2026-2 active', 'CVE-2026-3 active']);
    await assay.publish(chain.next(entries(exempt, three)));
    expect(await ids()).toEqual(['CVE-2026-2 exempt', 'CVE-2026-3 active']);
    expect(new Set((await findings()).map(({ firstSeenAt }) => firstSeenAt))).toEqual(
      new Set(['2026-11-24T09:15:02.600Z', '2026-11-25T00:00:00.000Z']),
    );
    const changed = await recordNames();
    const other = await suite();
    await other.publish(...wholeStory({ findings: [exempt, three] }));
    expect(await other.view.read((query) => query('select name::varchar as name from findings order by 1'))).toEqual(
      changed,
    );
    await other.close();
  });

  it('that leaves nothing active makes the image healthy, and one that adds a finding ends that', async () => {
    const story = wholeStory({ findings: [one] });
    const chain = new Chain(story);
    await assay.publish(...story, chain.next([]));
    expect(await placement()).toMatchObject({ status: 'healthy', set: { classification: 2, count: 0 } });
    expect(await recordNames()).toHaveLength(1);
    await assay.publish(chain.next(entries(two)));
    expect(await ids()).toEqual(['CVE-2026-2 active']);
    expect(await recordNames()).toHaveLength(1);
  });

  it('is shown with its id, number and sum, which the next change names', async () => {
    const story = wholeStory({ findings: [one] });
    const event = new Chain(story).next(entries(one, two));
    await assay.publish(...story, event);
    expect((await placement()).set).toEqual({
      id: event.id,
      verdict: 1,
      classification: 2,
      ...setSum(entries(one, two)),
    });
  });

  it('leaves a set that a consumer can go on from, in one answer', async () => {
    const story = wholeStory({ findings: [one, two] });
    const chain = new Chain(story);
    const event = chain.next(entries(exempt, three));
    await assay.publish(...story, event);
    const { sets } = (await assay.get(`/assay/images/${digest}/sets`)).body;
    expect(sets).toMatchObject([{ repository: 'team/hello', id: event.id, verdict: 1, classification: 2, layers: [] }]);
    expect(sets[0].findings).toEqual(entries(exempt, three));
    expect(setSum(sets[0].findings)).toEqual(sets[0].set);
    expect((await assay.get(`/assay/images/${digest}/sets?repository=other`)).status).toBe(404);
    expect((await assay.get(`/assay/images/${digestOf(9)}/sets`)).status).toBe(404);
  });

  it('in pages that are not all there leaves the set as it was, and is dropped with the next', async () => {
    const story = wholeStory({ findings: [one] });
    const chain = new Chain(story);
    await assay.publish(...story, {
      ...new Chain(story).next(entries(one, two), { page: 1, pages: 2 }),
      id: 'cut off',
    });
    expect(await ids()).toEqual(['CVE-2026-1 active']);
    await assay.publish(chain.next(entries(three)));
    expect(await ids()).toEqual(['CVE-2026-3 active']);
    expect(await assay.view.read((query) => query('select * from unfinished_pages'))).toEqual([]);
  });
});

describe('a change whose base is missing', () => {
  const [one, two, three] = [numbered(1), numbered(2), numbered(3)];

  const broken = async () => {
    const story = wholeStory({ findings: [one] });
    const chain = new Chain(story);
    await assay.publish(...story);
    const lost = unreadable(chain.next(entries(two)));
    const { partition } = lost;
    const offset = await assay.log.end('finding.classified', partition);
    await assay.log.append([lost]);
    await tell(assay.log, chain.next(entries(two, three)));
    await assay.view.caughtUp();
    return { chain, lost, offset };
  };

  it('leaves the image undetermined, also for the gate and for its registry', async () => {
    await broken();
    expect(await placement()).toMatchObject({ status: 'undetermined', reason: 'parked' });
    expect((await placement()).set).toBeUndefined();
    expect((await assay.get(`/assay/images/${digest}/sets`)).body.sets).toEqual([]);
    expect((await assay.get(`/assay/images/${digest}/gate?maxSeverity=critical`)).body).toMatchObject({
      decision: 'unknown',
      reason: 'undetermined/parked',
    });
    expect(await assay.view.read((query) => query('select distinct code from findings'))).toEqual([
      { code: 'NotApplicable' },
    ]);
  });

  it('waits through later changes, and ends with the next whole set', async () => {
    const { chain } = await broken();
    await assay.publish(chain.next(entries(three)));
    expect(await placement()).toMatchObject({ status: 'undetermined', reason: 'parked' });
    await assay.publish(...wholeStory({ verdict: 2, findings: [one, three] }));
    expect(await ids()).toEqual(['CVE-2026-1 active', 'CVE-2026-3 active']);
    expect(await placement()).toMatchObject({ set: { verdict: 2, classification: 1 } });
  });

  it('is made up for from the log once the parked event is redriven', async () => {
    const { chain, lost, offset } = await broken();
    // A program that knows the version: here, the record itself is another one.
    const known = recordOf(new Chain(wholeStory({ findings: [one] })).next(entries(two)), assay.log.partitions);
    const record = assay.view.history.record.bind(assay.view.history);
    const read = assay.view.history.at.bind(assay.view.history);
    const isLost = (at: number): boolean => at === offset;
    assay.view.history.record = async (target) =>
      target.endsWith(`/${offset}`)
        ? { ...(await record(target))!, ...known, headers: { ...known.headers, ce_id: lost.headers.ce_id! } }
        : record(target);
    assay.view.history.at = async (topic, partition, at) => {
      if (!isLost(at)) return read(topic, partition, at);
      return { event: { ...chainEvent(known), id: lost.headers.ce_id! }, partition, offset: at } as never;
    };
    await assay.publish(redriven(lost, offset));
    expect(await ids()).toEqual(['CVE-2026-2 active', 'CVE-2026-3 active']);
    expect((await placement()).status).toBe('unhealthy');
    await assay.publish(chain.next(entries(three)));
    expect(await ids()).toEqual(['CVE-2026-3 active']);
  });
});

const chainEvent = ({ headers, value }: { headers: Readonly<Record<string, string>>; value: string }): object => ({
  id: headers.ce_id,
  topic: 'finding.classified',
  time: headers.ce_time,
  sequence: headers.ce_sequence,
  data: JSON.parse(value) as object,
});
