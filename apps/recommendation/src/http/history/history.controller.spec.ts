import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  canonical,
  changeOf,
  identityOf,
  inventoryBytes,
  setSum,
  type AnyEvent,
  type ClassifiedFinding,
  type DataOf,
  type PackageInventory,
} from '@assay/events';
import { putInventory } from '@assay/event-sourcing';
import { Caller } from '@assay/http';
import { recordOf } from '@assay/messaging';
import {
  dataOf,
  declined,
  digestOf,
  emitted,
  entryOf,
  exampleInventory,
  findingOf,
  indexAt,
  planOn,
  pushFields,
  registryId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

let assay: ServiceUnderTest;
const later = Date.parse('2026-12-01T00:00:00.000Z');
const started = async (options = {}): Promise<void> => {
  assay = await suite(options);
  assay.clock.now = later;
};
beforeEach(() => started());
afterEach(() => assay.close());

const digest = digestOf(1);
const minute = 60_000;
const begin = Date.parse('2026-11-24T10:00:00.000Z');
const at = (n: number): string => new Date(begin + n * minute).toISOString();
const { database, scanner } = dataOf('finding.classified');
const newer = { ...database, digest: `sha256:${'9'.repeat(64)}`, builtAt: '2026-11-25T00:00:00.000Z' };

const numbered = (n: number, changes = {}): ClassifiedFinding =>
  entryOf(findingOf({ vulnerability: `CVE-2026-${n}`, layer: undefined, ...changes }));
const active = (all: readonly ClassifiedFinding[]) => all.filter(({ state }) => state === 'active');

/** Classifications of an image, one a minute: the first one whole, each other one a change unless it is to be whole. */
class Chain {
  #before: { readonly id: string; readonly findings: readonly ClassifiedFinding[] } | undefined;
  #n = 0;

  constructor(readonly of: string = digest) {}

  next(findings: readonly ClassifiedFinding[], more: Partial<DataOf<'finding.classified'>> = {}): AnyEvent {
    const before = this.#before;
    const after = canonical(findings);
    this.#n += 1;
    const counted = active(after).length;
    const isWhole = before === undefined || more.content === 'set';
    const { findings: put, removed, ruled } = changeOf(before?.findings ?? [], after);
    const event = emitted(
      'finding.classified',
      {
        ...pushFields(this.of, 1),
        verdict: 1,
        classification: this.#n,
        status: counted > 0 ? 'unhealthy' : 'healthy',
        bySeverity: { Critical: 0, High: counted, Medium: 0, Low: 0, Unknown: 0 },
        exempt: after.length - counted,
        set: setSum(after),
        layers: [],
        ...(isWhole
          ? { content: 'set', findings: [...after] }
          : {
              content: 'change',
              base: { id: before.id, verdict: 1, classification: this.#n - 1 },
              findings: [...put],
              removed: [...removed],
              ruled: [...ruled],
            }),
        ...more,
      },
      { time: at(this.#n) },
    );
    this.#before = { id: event.id, findings: after };
    return event;
  }
}

const pushed = (of = digest): AnyEvent => emitted('image.pushed', pushFields(of, 1));
const diff = async (from: string, to: string, more = ''): Promise<any> => {
  const { status, body } = await assay.get(`/assay/diff?from=${from}&to=${to}${more}`);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
};
const refusal = async (from: string, to = digest, more = '') => {
  const { status, body } = await assay.get(
    `/assay/diff?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}${more}`,
  );
  return [status, body.error?.code, body.error?.target];
};
const ids = (all: readonly any[]): string[] => all.map(({ vulnerability }) => vulnerability as string).toSorted();

describe('the difference of two moments', () => {
  it('is that of the findings of then, for any past', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            findings: fc.uniqueArray(
              fc.record({ n: fc.nat({ max: 5 }), isExempt: fc.constantFrom(false, false, true) }),
              { selector: ({ n }) => n, maxLength: 6 },
            ),
            isWhole: fc.constantFrom(false, false, true),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })), { minLength: 1, maxLength: 4 }),
        async (past, pairs) => {
          await assay.close();
          await started();
          const chain = new Chain();
          const sets = past.map(({ findings }) =>
            findings.map(({ n, isExempt }) => numbered(n, isExempt ? { state: 'exempt', ruleId: 'quiet' } : {})),
          );
          await assay.publish(
            pushed(),
            ...sets.map((set, n) => chain.next(set, past[n]!.isWhole ? { content: 'set' } : {})),
          );
          for (const [a, b] of pairs) {
            // Half a minute behind each classification; the last moment is now.
            const nameOf = (n: number): string => (n >= sets.length ? digest : `${digest}@${at(n + 1.5)}`);
            const setOf = (n: number) => active(sets[Math.min(n, sets.length - 1)]!).map(identityOf);
            const { gone, new: added, same, counts } = await diff(nameOf(a), nameOf(b));
            const [was, is] = [setOf(a), setOf(b)];
            const named = (identities: readonly string[]) =>
              identities.map((one) => one.split('\u0000')[0]!).toSorted();
            expect(ids(gone)).toEqual(named(was.filter((one) => !is.includes(one))));
            expect(ids(added)).toEqual(named(is.filter((one) => !was.includes(one))));
            expect(same).toBe(is.filter((one) => was.includes(one)).length);
            expect(counts).toEqual({ gone: gone.length, new: added.length, changed: 0, same });
          }
        },
      ),
      { numRuns: 8 },
    ));

  it('has causes, the packages, and how the image stood', async () => {
    const chain = new Chain();
    const [one, two, three] = [numbered(1), numbered(2, { severity: 'Critical' }), numbered(3)];
    const exempt = { ...one, state: 'exempt' as const, ruleId: 'quiet' };
    await assay.publish(
      ...wholeStory({ findings: [] }).slice(0, 4),
      chain.next([one, two]),
      chain.next([exempt, three], { database: newer }),
    );
    const { from, to, gone, new: added, packages } = await diff(`${digest}@${at(1.5)}`, digest);
    const place = {
      digest,
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      registryId,
      registry: 'myreg.registry.test',
      repository: 'team/hello',
      status: 'unhealthy',
      scanner,
      packages: exampleInventory.packages.length,
    };
    expect(from).toEqual({
      ...place,
      at: at(1.5),
      classifiedAt: at(1),
      id: expect.any(String),
      database,
      findings: 2,
      exempt: 0,
    });
    expect(to).toEqual({
      ...place,
      classifiedAt: at(2),
      id: expect.any(String),
      database: newer,
      findings: 1,
      exempt: 1,
    });
    // The package of these findings is in the inventory of both.
    expect(gone.map(({ vulnerability, because, ruleId }: any) => [vulnerability, because, ruleId])).toEqual([
      ['CVE-2026-2', 'advisory-withdrawn', undefined],
      ['CVE-2026-1', 'rule', 'quiet'],
    ]);
    expect(added).toMatchObject([{ vulnerability: 'CVE-2026-3', because: 'advisory-published' }]);
    expect(packages).toEqual({ counts: { removed: 0, added: 0, changed: 0 }, removed: [], added: [], changed: [] });
    const top = await diff(`${digest}@${at(1.5)}`, digest, '&top=1');
    expect([ids(top.gone), top.counts.gone]).toEqual([['CVE-2026-2'], 2]);
  });

  it('of two images compares their packages, and names those that are not known', async () => {
    const other = digestOf(2);
    const inventory: PackageInventory = {
      ...exampleInventory,
      packages: exampleInventory.packages.map((each) => ({ ...each, version: '9.9' })),
    };
    const [{ name, type, version, sourcePackage: _ }] = exampleInventory.packages as [PackageInventory['packages'][0]];
    const finding = findingOf({ package: name, packageType: type, installedVersion: version, layer: undefined });
    const packages = await putInventory(assay.blobs, inventory);
    const lost = {
      ...packages,
      sha256: `sha256:${'7'.repeat(64)}`,
      dataref: packages.dataref.replaceAll(/[0-9a-f]{64}/g, '7'.repeat(64)),
    };
    const named = (event: AnyEvent, of: object): AnyEvent =>
      event.topic === 'scan.completed' ? { ...event, data: { ...event.data, packages: of } } : event;
    await assay.publish(
      ...wholeStory({ findings: [finding] }),
      ...wholeStory({ digest: other, findings: [] }).map((event) => named(event, packages)),
      ...wholeStory({ digest: digestOf(3), findings: [] }).map((event) => named(event, lost)),
    );
    const { gone, packages: differ } = await diff(digest, other);
    expect(gone).toMatchObject([{ package: name, because: 'fixed-version' }]);
    expect(differ.changed).toContainEqual({ type, name, before: [version], after: ['9.9'] });
    const unknown = await diff(digest, digestOf(3));
    expect([unknown.gone[0].because, unknown.packages, unknown.to.packagesUnknown]).toEqual([
      'unknown',
      undefined,
      'InventoryLost',
    ]);
    expect(inventoryBytes(inventory).length).toBeGreaterThan(0);
  });

  it('does not take an old status for the present one', async () => {
    const chain = new Chain();
    const lapsed = { ...pushFields(digest, 1), verdict: 1, classification: 1, findings: undefined as never };
    await assay.publish(
      pushed(),
      chain.next([]),
      emitted('recommendation.changed', { ...lapsed, status: 'undetermined', reason: 'stale' }, { time: at(3) }),
      emitted('recommendation.changed', { ...lapsed, status: 'healthy' }, { time: at(5) }),
    );
    const standing = async (n: number) => (await diff(`${digest}@${at(n)}`, digest)).from;
    expect(await standing(2)).toMatchObject({ status: 'healthy' });
    expect(await standing(4)).toMatchObject({ status: 'undetermined', reason: 'stale' });
    expect(await standing(6)).toMatchObject({ status: 'healthy' });
  });
});

describe('a difference is refused with a code', () => {
  it('if nothing is known of then, or no scan had a result', async () => {
    const chain = new Chain();
    await assay.publish(
      planOn(),
      pushed(),
      pushed(digestOf(4)),
      chain.next([numbered(1)]),
      chain.next([], { status: 'undetermined', reason: 'failed/not-json', content: 'set' }),
      declined('image-deleted', { verdict: 2 }, { time: at(10) }),
      indexAt(3, [[1, 'linux', 'amd64']]),
    );
    expect(await refusal(`${digest}@${at(0)}`, `${digest}@${at(1)}`)).toEqual([409, 'NothingKnownThen', 'from']);
    expect(await refusal(`${digest}@${at(1)}`, digestOf(4))).toEqual([409, 'NothingKnownThen', 'to']);
    expect(await refusal(`${digest}@${at(1)}`, `${digest}@${at(2)}`)).toEqual([409, 'ImageNotScanned', 'to']);
    expect(await refusal(`${digest}@${at(1)}`, digest)).toEqual([409, 'ImageNotScanned', 'to']);
    expect(await refusal(digestOf(3), digest)).toEqual([409, 'IndexNotScanned', 'from']);
    expect(await refusal(digestOf(9), digest)).toEqual([404, 'ResourceNotFound', 'from']);
    expect(await refusal(`${digest}@${at(1)}`, `${digest}@${at(1)}`, '&repository=other')).toEqual([
      404,
      'ResourceNotFound',
      'from',
    ]);
  });

  it('if the log no longer has the findings of then', async () => {
    const chain = new Chain();
    await assay.publish(
      pushed(),
      chain.next([numbered(1)]),
      chain.next([numbered(2)]),
      chain.next([], { content: 'set' }),
    );
    const read = assay.view.history.at.bind(assay.view.history);
    assay.view.history.at = async (topic, partition, offset) =>
      topic === 'finding.classified' && offset === 0 ? undefined : read(topic, partition, offset);
    expect(await refusal(`${digest}@${at(2)}`)).toEqual([410, 'PastNotKept', 'from']);
    expect((await diff(digest, digest)).same).toBe(0);
  });

  it('while the findings of now are not known', async () => {
    const chain = new Chain();
    await assay.publish(pushed(), chain.next([numbered(1)]));
    const lost = recordOf(chain.next([numbered(2)]), assay.log.partitions);
    await assay.log.append([{ ...lost, headers: { ...lost.headers, ce_type: 'assay.finding.classified.vX' } }]);
    await assay.publish(chain.next([numbered(3)]));
    expect(await refusal(digest)).toEqual([409, 'FindingsUnknown', 'from']);
    expect((await diff(`${digest}@${at(1)}`, `${digest}@${at(1)}`)).same).toBe(1);
  });

  it.each([
    ['', 'from'],
    ['sha256:1', 'from'],
    [`${digest}@`, 'from'],
    [`${digest}@yesterday`, 'from'],
    [`${digest}@2026-11-24`, 'from'],
    [`${digest}@2026-13-24T00:00:00Z`, 'from'],
    [`${digest}@2026-11-24T00:00:00+01:00`, 'from'],
    [`${digest}@2027-01-01T00:00:00Z`, 'from'],
  ])('if the moment is %s', async (from, target) => {
    expect(await refusal(from)).toEqual([400, 'InvalidRequestContent', target]);
  });

  it('if the size of its lists is wrong', async () => {
    expect(await refusal(digest, digest, '&top=10001')).toEqual([400, 'InvalidRequestContent', 'top']);
  });
});

describe('the history of an image', () => {
  const story = (): AnyEvent[] => {
    const chain = new Chain();
    const lapsed = { ...pushFields(digest, 1), verdict: 1, classification: 3, findings: undefined as never };
    return [
      pushed(),
      chain.next([numbered(1)]),
      chain.next([], { cause: 'rule' }),
      chain.next([], { status: 'healthy', cause: 'rescan', database: newer }),
      emitted('recommendation.changed', { ...lapsed, status: 'healthy' }, { time: at(3.5) }),
      emitted('recommendation.changed', { ...lapsed, status: 'undetermined', reason: 'stale' }, { time: at(4) }),
      emitted('recommendation.changed', { ...lapsed, status: 'healthy' }, { time: at(5) }),
      chain.next([], { status: 'undetermined', reason: 'timed-out', content: 'set' }),
      declined('plan-disabled', { verdict: 2 }, { time: at(10) }),
    ].map((event, n) => (n === 7 ? { ...event, time: at(6) } : event));
  };

  it('has every answer and every lapse, the newest first', async () => {
    const events = story();
    await assay.publish(...events);
    const { value } = (await assay.get(`/assay/images/${digest}/history`)).body;
    expect(
      value.map(({ at: time, status, reason, cause, findings }: any) => [time, status, reason, cause, findings]),
    ).toEqual([
      [at(10), 'not-applicable', 'plan-disabled', 'declined', undefined],
      [at(6), 'undetermined', 'timed-out', 'scan', undefined],
      [at(5), 'healthy', undefined, 'rescan', undefined],
      [at(4), 'undetermined', 'stale', 'time', undefined],
      [at(3), 'healthy', undefined, 'rescan', 0],
      [at(2), 'healthy', undefined, 'rule', 0],
      [at(1), 'unhealthy', undefined, 'scan', 1],
    ]);
    expect(value.at(-1)).toEqual({
      at: at(1),
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      registryId,
      registry: 'myreg.registry.test',
      repository: 'team/hello',
      status: 'unhealthy',
      cause: 'scan',
      bySeverity: { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 },
      fixable: 1,
      exempt: 0,
      findings: 1,
      database,
      scanner,
      id: events[1]!.id,
      verdict: 1,
      classification: 1,
    });
    const pages: number[] = [];
    expect(await assay.all(`/assay/images/${digest}/history?top=3`, pages)).toEqual(value);
    expect(pages).toEqual([3, 3, 1]);
  });

  it('is of the places that are asked for, and that the caller may read', async () => {
    const chain = new Chain();
    const elsewhere = { repository: 'other' };
    await assay.publish(
      ...story(),
      emitted('image.pushed', { ...pushFields(digest, 1), ...elsewhere }),
      chain.next([], elsewhere),
    );
    const of = async (query: string) => (await assay.get(`/assay/images/${digest}/history${query}`)).body.value;
    expect([(await of('')).length, (await of('?repository=other')).length]).toEqual([8, 1]);
    expect(await assay.get(`/assay/images/${digest}/history?repository=none`)).toMatchObject({ status: 404 });
    expect(await assay.get(`/assay/images/${digestOf(9)}/history`)).toMatchObject({ status: 404 });
    expect(await assay.get(`/assay/images/${digest}/history?top=x`)).toMatchObject({ status: 400 });
    expect(await assay.get('/assay/images/sha256:1/history')).toMatchObject({ status: 400 });

    await assay.close();
    const subscriptionId = '00000000-0000-0000-0000-0000000000aa';
    const caller = new Caller('ana', 'test', [
      { may: ['findings/read'], scope: { kind: 'subscription', subscriptionId } },
    ]);
    await started({ arm: { access: { identify: async () => caller } } });
    await assay.publish(...story());
    expect(await assay.get(`/assay/images/${digest}/history`)).toMatchObject({ status: 404 });
    expect(await refusal(digest)).toEqual([404, 'ResourceNotFound', 'from']);
  });
});
