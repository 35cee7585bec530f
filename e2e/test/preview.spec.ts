import * as fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import {
  derivedId,
  noFindings,
  severities,
  type AnyEvent,
  type BySeverity,
  type Finding,
  type FindingClassified,
  type RuleCriteria,
} from '@assay/events';
import { DeciderSpec, turnsOf } from '@assay/testing';
import { finding, ordinary, ruled, scanned } from '../../apps/classifier/test/fixtures.ts';
import { decider } from '../../apps/classifier/src/domain/decider.ts';
import { digestOf, emitted, factsAt, indexAt, planOn, registryObserved } from '../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../apps/recommendation/test/suite.ts';

let assay: ServiceUnderTest;
let close = async (): Promise<void> => undefined;
afterAll(() => close());

/** A read model in memory takes a whole block for each small write, so a few worlds share one, and not all. */
const worldsInSuite = 5;
const opened = async (): Promise<World> => {
  if (worlds % worldsInSuite === 0) {
    await close();
    assay = await suite({ arm: { pageSize: 1000 } });
    close = () => assay.close();
  }
  return new World();
};

const repositories = ['team/web', 'team/copy'];
const tolerances = ['none', 'low', 'medium', 'high', 'critical'] as const;

const findings: fc.Arbitrary<Finding[]> = fc
  .uniqueArray(
    fc.record({
      n: fc.integer({ min: 0, max: 5 }),
      name: fc.constantFrom('openssl', 'zlib'),
      severity: fc.constantFrom(...severities),
      score: fc.constantFrom(undefined, 0, 4.9, 5, 9.8),
      fixedVersion: fc.constantFrom(undefined, '2.0'),
      aliases: fc.constantFrom(undefined, ['GHSA-a'], ['ghsa-B', 'DSA-1']),
    }),
    { selector: ({ n, name }) => `${n}/${name}`, maxLength: 3 },
  )
  .map((all) =>
    all.map(({ n, name, ...rest }) => {
      const { score: _s, fixedVersion: _f, aliases: _a, ...common } = finding();
      const given = Object.entries(rest).filter(([, value]) => value !== undefined);
      return { ...common, ...Object.fromEntries(given), vulnerability: `CVE-2026-${n}`, package: name } as Finding;
    }),
  );

/** The usual value, and now and then another one. */
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** An image by what decides its status. */
const image = fc.record({
  findings,
  places: fc.constantFrom([0], [0], [1], [0, 1]),
  packages: mostly(ordinary, ['libc6'], []),
  mode: fc.constantFrom('classic' as const, 'extended' as const),
  os: mostly(
    { family: 'debian', version: '13', endOfLife: false },
    { family: 'Alpine', version: '3.20', endOfLife: false },
    { family: 'debian', version: '9', endOfLife: true },
  ),
  builtAt: mostly('2026-11-24T00:00:00.000Z', '2026-11-01T00:00:00.000Z'),
  outcome: mostly('succeeded' as const, 'failed' as const),
});
type DrawnImage = typeof image extends fc.Arbitrary<infer Value> ? Value : never;

/** More ids than are looked for one by one. */
const many = ['GHSA-B', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8'];

/** One criterion or two: more are hardly ever met together. */
const criteria: fc.Arbitrary<object> = fc
  .array(
    fc.oneof(
      fc
        .constantFrom(['cve-2026-0'], ['CVE-2026-1', 'CVE-2026-2'], ['GHSA-A'], ['dsa-1', 'GHSA-b'], ['HSA-', ...many])
        .map((vulnerabilities) => ({ vulnerabilities })),
      fc.constantFrom(['0'], ['0', '1'], ['2']).map((digests) => ({ digests })),
      fc
        .constantFrom(['Debian'], ['debian 13'], ['alpine 3.20', 'debian 9'], ['debian 1'])
        .map((operatingSystems) => ({ operatingSystems })),
      fc.constantFrom('Critical', 'Critical', 'High', 'Low').map((severityBelow) => ({ severityBelow })),
      fc.constantFrom(0, 5, 10).map((cvssBelow) => ({ cvssBelow })),
      fc.boolean().map((patchable) => ({ patchable })),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((some) => Object.assign({}, ...some) as object);

const rule = fc.record({ ruleId: fc.constantFrom('a', 'b'), wide: fc.boolean(), criteria });
type DrawnRule = typeof rule extends fc.Arbitrary<infer Value> ? Value : never;

const scenario = fc.record({
  images: fc.array(image, { minLength: 1, maxLength: 4 }),
  before: fc.uniqueArray(rule, { maxLength: 3, selector: ({ ruleId, wide }) => `${ruleId}/${wide}` }),
  proposed: rule,
  maxSeverity: fc.constantFrom(...tolerances),
});

let worlds = 0;
let sequence = 0;

/** A subscription of its own with images that the classifier itself judges. */
class World {
  readonly #n = (worlds += 1);
  readonly subscriptionId = `00000000-0000-0000-0000-${String(this.#n).padStart(12, '0')}`;
  readonly registryId =
    `/subscriptions/${this.subscriptionId}/resourceGroups/rg1` +
    `/providers/Microsoft.ContainerRegistry/registries/reg${this.#n}`;
  readonly #specs: { readonly digest: string; readonly spec: DeciderSpec<never, never, never> }[] = [];

  digest(index: number): string {
    return digestOf(this.#n * 100 + index);
  }

  scopeOf({ wide }: DrawnRule): string {
    return wide ? `/subscriptions/${this.subscriptionId}` : this.registryId;
  }

  bodyOf(drawn: DrawnRule): object {
    const { digests, ...rest } = drawn.criteria as RuleCriteria;
    const named = digests ? { digests: digests.map((index) => this.digest(Number(index))) } : {};
    return { scope: this.scopeOf(drawn), criteria: { ...rest, ...named }, reason: 'a test' };
  }

  #placed(digest: string, repository: string) {
    return {
      subscriptionId: this.subscriptionId,
      registryId: this.registryId,
      repository,
      digest,
      pushId: derivedId('push', digest, repository),
      pushedAt: '2026-11-24T09:15:00.000Z',
      receivedAt: '2026-11-24T09:15:00.100Z',
    };
  }

  async push(images: readonly DrawnImage[]): Promise<void> {
    await assay.publish(
      registryObserved({ registryId: this.registryId, subscriptionId: this.subscriptionId }),
      planOn({ subscriptionId: this.subscriptionId }),
    );
    const events: AnyEvent[] = [];
    for (const [index, drawn] of images.entries()) {
      const digest = this.digest(index);
      const spec = new DeciderSpec(decider as never, digest, '2026-11-24T09:15:03.000Z') as DeciderSpec<
        never,
        never,
        never
      >;
      this.#specs.push({ digest, spec });
      const { builtAt, outcome, findings: found, places, ...facts } = drawn;
      for (const place of places) {
        const judged = { ...this.#placed(digest, repositories[place]!), verdict: 1 };
        const database = { digest: digestOf(1), builtAt, demonstration: false };
        const completed = scanned({
          ...judged,
          ...facts,
          outcome,
          ...(outcome === 'failed' ? { reason: 'crashed' } : { findings: found, result: 1 }),
          database,
          startedAt: '2026-11-24T09:15:01.000Z',
        });
        spec.given(...completed);
        events.push(
          emitted('image.pushed', { ...judged, facts: factsAt('linux', 'amd64') } as never),
          emitted('scan.approved', { ...judged, mode: facts.mode } as never),
          ...completed.map((event) => ({ ...event, id: derivedId('scan', event.id, digest), subject: digest })),
        );
      }
      events.push(...this.#decided(spec));
    }
    const index = indexAt(
      0,
      images.map((_, at) => [this.#n * 100 + at, 'linux', 'amd64'] as const),
    );
    const data = { ...index.data, ...this.#placed(this.digest(99), 'team/web') };
    events.push({ ...index, id: derivedId('index', this.#n), subject: this.digest(99), data } as AnyEvent);
    await assay.publish(...events);
  }

  /** The classifier's events. Digests share a partition, so their events are numbered together. */
  #decided(spec: DeciderSpec<never, never, never>): AnyEvent[] {
    return spec.when().map((event) => ({ ...event, sequence: `1.${(sequence += 1)}` }));
  }

  /** Makes a rule through the API, and lets the classifier follow it. */
  async make(drawn: DrawnRule): Promise<void> {
    const { body, status } = await assay.app
      .inject({
        method: 'PUT',
        url: `/assay/rules/${drawn.ruleId}`,
        headers: { 'content-type': 'application/json' },
        payload: this.bodyOf(drawn),
      })
      .then((answer) => ({ status: answer.statusCode, body: answer.json<any>() }));
    expect(status, JSON.stringify(body)).toBe(200);
    const { ruleId, scope, criteria: given, reason, by } = body;
    const event = ruled({ ruleId, scope, criteria: given, reason, by, removed: false });
    for (const { spec } of this.#specs) spec.givenConfig(event);
    await assay.publish(...this.#specs.flatMap(({ spec }) => this.#decided(spec)));
  }

  /** All that a preview speaks of, as the API shows it. */
  async seen(maxSeverity: string) {
    const listed = await assay.all(`/assay/images?children=true&subscription=${this.subscriptionId}`);
    const places = new Map<string, { status: string; reason?: string; decision: string; place: object }>();
    for (const { digest, repository, registryId, status, reason } of listed) {
      const { body } = await assay.get(
        `/assay/images/${digest}/gate?repository=${repository}&maxSeverity=${maxSeverity}`,
      );
      const place = { registryId, repository, digest };
      places.set(`${repository} ${digest}`, { status, reason, decision: body.decision, place });
    }
    return places;
  }

  /** The findings of each image as the classifier emitted them, with their states. */
  findings(): Map<string, { image: string; severity: keyof BySeverity; state: string; ruleId?: string }> {
    return new Map(
      this.#specs.flatMap(({ digest, spec }) =>
        Object.entries(
          spec.state.emitted as unknown as Record<string, { findings: FindingClassified['findings'] }>,
        ).flatMap(([place, { findings: all }]) =>
          all.map(
            (each) =>
              [
                `${digest} ${place} ${each.vulnerability} ${each.package}`,
                {
                  image: `${digest} ${place}`,
                  severity: each.severity,
                  state: each.state,
                  ...(each.ruleId ? { ruleId: each.ruleId } : {}),
                },
              ] as const,
          ),
        ),
      ),
    );
  }
}

const totalOf = (all: readonly { readonly image: string; readonly severity: keyof BySeverity }[]) => {
  const counts = noFindings();
  for (const { severity } of all) counts[severity] += 1;
  return { findings: all.length, images: new Set(all.map(({ image: id }) => id)).size, bySeverity: counts };
};

const sorted = (all: readonly object[]): string[] => all.map((each) => JSON.stringify(each)).toSorted();

it('promises what a rule then does, to findings, statuses and decisions of the gate', () =>
  fc.assert(
    fc.asyncProperty(scenario, async ({ images, before, proposed, maxSeverity }) => {
      const world = await opened();
      await world.push(images);
      for (const each of before) await world.make(each);
      const ends = await assay.log.end('rule.changed', 0);
      const [seen, found] = [await world.seen(maxSeverity), world.findings()];
      const { status, body } = await assay.post(
        `/assay/rules/${proposed.ruleId}/preview?maxSeverity=${maxSeverity}`,
        world.bodyOf(proposed),
      );
      expect(status, JSON.stringify(body)).toBe(200);
      expect([await assay.log.end('rule.changed', 0), await world.seen(maxSeverity)]).toEqual([ends, seen]);

      await world.make(proposed);
      const [now, then] = [await world.seen(maxSeverity), world.findings()];
      const changed = (from: string, to: string) =>
        [...found].flatMap(([key, each]) => (each.state === from && then.get(key)?.state === to ? [each] : []));
      expect(body.replaces).toBe(
        before.some(({ ruleId, wide }) => ruleId === proposed.ruleId && wide === proposed.wide),
      );
      const { places: touched, ...hides } = body.hides;
      const hidden = changed('active', 'exempt');
      expect([hides, body.shows]).toEqual([totalOf(hidden), totalOf(changed('exempt', 'active'))]);
      // Fewer images than an answer names.
      expect(touched.map(({ findings }: { findings: number }) => findings)).toEqual(
        Object.values(Object.groupBy(hidden, ({ image }) => image))
          .map((each) => each!.length)
          .toSorted((a, b) => b - a),
      );
      const places = [...seen].map(([key, was]) => ({ was, is: now.get(key)! }));
      expect(sorted(body.gates)).toEqual(
        sorted(
          places.flatMap(({ was, is }) =>
            was.decision === is.decision ? [] : [{ ...was.place, before: was.decision, after: is.decision }],
          ),
        ),
      );
      expect(body.gateChanges).toBe(body.gates.length);
      const flips = places.filter(({ was, is }) => was.status !== is.status || was.reason !== is.reason);
      expect(
        sorted(
          body.statuses.flatMap(({ images: named, count: _count, ...change }: { images: object[]; count: number }) =>
            named.map((place) => ({ ...place, ...change })),
          ),
        ),
      ).toEqual(
        sorted(
          flips.map(({ was, is }) => ({
            ...was.place,
            before: was.status,
            ...(was.reason ? { beforeReason: was.reason } : {}),
            after: is.status,
            ...(is.reason ? { afterReason: is.reason } : {}),
          })),
        ),
      );
      expect(body.statuses.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(flips.length);
    }),
    { numRuns: turnsOf(24) },
  ));
