import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databaseRecallOf, recallOf, severities, type AnyEvent, type EventFor, type Finding } from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import {
  digest,
  finding,
  joined,
  ordinary,
  registryId,
  ruled,
  scanExample,
  scanned,
  subscriptionId,
  unfixed,
} from '../../test/fixtures.ts';
import { evolveConfig, noConfig } from './config.ts';
import { decider } from './decider.ts';
import type { Config, Emitted, Received } from './state.ts';
import { mayConcern, summarise } from './summary.ts';

type Spec = DeciderSpec<Received, Emitted, Config>;

const following = (config: Config, events: readonly AnyEvent[], from = 0): Config =>
  events.reduce(
    (before, event, at) => evolveConfig(before, event as EventFor<'classifier', 'config'>, from + at),
    config,
  );
const recall = (of: string, target = recallOf(of), outcome = 'ordered'): AnyEvent =>
  eventOf('operator.acted', target, { command: 'recall', target, by: 'ana', why: 'compromised', outcome });

const low = finding({ vulnerability: 'CVE-2026-1', severity: 'Low', score: 3.1 });
/** A digest that was classified under some rules. */
const classifiedUnder = (rules: readonly AnyEvent[], findings: readonly Finding[] = [finding(), low]): Spec => {
  const spec = new DeciderSpec(decider, digest) as Spec;
  spec.config = following(noConfig, rules);
  spec.given(...scanned({ findings })).when();
  return spec;
};
const concerns = (spec: Spec, change: readonly AnyEvent[], before: readonly AnyEvent[] = []): boolean =>
  mayConcern(summarise(spec.state)!, {
    config: following(following(noConfig, before), change, before.length),
    since: { 'rule.changed': before.length, 'operator.acted': before.length },
  });

describe('a rule that is made', () => {
  it.each<[string, boolean, object]>([
    ['a vulnerability', true, { criteria: { vulnerabilities: ['cve-2026-1967'] } }],
    ['an alias', true, { criteria: { vulnerabilities: ['x', 'dsa-6061-1'] } }],
    ['a vulnerability that the image does not have', false, { criteria: { vulnerabilities: ['CVE-2026-1968'] } }],
    ['the digest', true, { criteria: { digests: [digest] } }],
    ['another digest', false, { criteria: { digests: [`sha256:${'f'.repeat(64)}`] } }],
    ['the system', true, { criteria: { operatingSystems: ['Debian'] } }],
    ['the release', true, { criteria: { operatingSystems: ['debian 13.0'] } }],
    ['another release', false, { criteria: { operatingSystems: ['debian 12'] } }],
    ['a limit above the least severity', true, { criteria: { severityBelow: 'Medium' } }],
    ['a limit at the least severity', false, { criteria: { severityBelow: 'Low' } }],
    ['a limit above the least score', true, { criteria: { cvssBelow: 3.2 } }],
    ['a limit at the least score', false, { criteria: { cvssBelow: 3.1 } }],
    ['findings with a fix', true, { criteria: { patchable: true } }],
    ['findings without one, of which there are none', false, { criteria: { patchable: false } }],
    ['two things of which the image has one', false, { criteria: { digests: [digest], patchable: false } }],
    ['nothing', false, { criteria: {} }],
    ['what only a later Assay knows', false, { criteria: { exploited: false } }],
    ['all of another subscription', false, { scope: '/subscriptions/00000000-0000-0000-0000-000000000002' }],
    ['the registry', true, { scope: registryId.toUpperCase() }],
    ['a registry whose name begins alike', false, { scope: registryId.slice(0, -1) }],
    ['the subscription', true, { scope: `/Subscriptions/${subscriptionId}/` }],
  ])('for %s may concern an image: %s', (_, may, data) => {
    expect(concerns(classifiedUnder([]), [ruled(data)])).toBe(may);
  });

  it('for findings without a fix may concern an image that has one', () => {
    const rule = ruled({ criteria: { patchable: false } });
    expect(concerns(classifiedUnder([], [finding(), unfixed]), [rule])).toBe(true);
  });

  it('does not concern an image without findings', () => {
    const all = [{ severityBelow: 'Critical' as const }, { cvssBelow: 10 }, { patchable: true }, { patchable: false }];
    expect(all.map((criteria) => concerns(classifiedUnder([], []), [ruled({ criteria })]))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('concerns an image in any of its placements', () => {
    const spec = classifiedUnder([]);
    const elsewhere = '/subscriptions/b/resourceGroups/rg/providers/p/registries/other';
    const rule = ruled({ scope: elsewhere });
    expect(concerns(spec, [rule])).toBe(false);
    spec.given(...joined([finding(), low], { registryId: elsewhere, subscriptionId: 'b' })).when();
    expect(concerns(spec, [rule])).toBe(true);
  });
});

describe('a rule that changes', () => {
  const before = [ruled({ ruleId: 'met' }), ruled({ ruleId: 'unmet', criteria: { vulnerabilities: ['CVE-1'] } })];

  it('concerns an image in which it exempts something, by any criteria that it has now', () => {
    const spec = classifiedUnder(before);
    expect(concerns(spec, [ruled({ ruleId: 'met', removed: true })], before)).toBe(true);
    expect(concerns(spec, [ruled({ ruleId: 'met', criteria: { vulnerabilities: ['CVE-1'] } })], before)).toBe(true);
  });

  it('does not concern one in which it exempts nothing, unless it may now', () => {
    const spec = classifiedUnder(before);
    expect(concerns(spec, [ruled({ ruleId: 'unmet', removed: true })], before)).toBe(false);
    expect(concerns(spec, [ruled({ ruleId: 'unmet', criteria: { vulnerabilities: ['CVE-3'] } })], before)).toBe(false);
    expect(concerns(spec, [ruled({ ruleId: 'unmet' })], before)).toBe(true);
  });

  it('is not one that was there before', () => {
    expect(concerns(classifiedUnder(before), [], before)).toBe(false);
    expect(
      mayConcern(summarise(classifiedUnder(before).state)!, { config: following(noConfig, before), since: {} }),
    ).toBe(true);
  });
});

describe('a recall', () => {
  it('concerns images whose result is by the build, also a failed one', () => {
    const other = `sha256:${'e'.repeat(64)}`;
    const spec = classifiedUnder([]);
    expect([recall(other), recall(scanExample.scanner.digest)].map((event) => concerns(spec, [event]))).toEqual([
      false,
      true,
    ]);
    const failed = new DeciderSpec(decider, digest) as Spec;
    failed.given(...scanned({ outcome: 'failed', scanner: { ...scanExample.scanner, digest: other } }));
    expect(concerns(failed, [recall(other)])).toBe(true);
  });

  it('of a database concerns every image, and so does one that is taken back', () => {
    const digestOfOther = `sha256:${'e'.repeat(64)}`;
    const target = databaseRecallOf(digestOfOther);
    const [ordered, withdrawn] = ['ordered', 'withdrawn'].map((outcome) => recall(digestOfOther, target, outcome));
    expect(concerns(classifiedUnder([]), [ordered!])).toBe(true);
    expect(concerns(classifiedUnder([]), [withdrawn!], [ordered!])).toBe(true);
    expect(concerns(classifiedUnder([]), [], [ordered!])).toBe(false);
  });
});

describe('a summary', () => {
  /** The state of a digest in registries of one resource group. */
  const inRegistries = (names: readonly string[]): Spec['state'] => {
    const { received, emitted } = classifiedUnder([]).state;
    const [placement] = Object.values(received.placements);
    const { answer } = placement!;
    const placements = Object.fromEntries(
      names.map((name) => [
        name,
        {
          ...placement,
          answer: { ...answer!, head: { ...answer!.head, registryId: `${registryId}${name}` } },
        },
      ]),
    );
    return { received: { ...received, placements }, emitted };
  };
  const filterIn = (state: Spec['state']): string => (JSON.parse(summarise(state)!) as string[])[1]!;

  it('has a scope of several registries once', () => {
    const [one, many] = [1, 21].map((count) =>
      Buffer.from(filterIn(inRegistries(Array.from({ length: count }, (_, n) => `${n}`))), 'base64'),
    );
    // Ten bits for each registry more, and nothing for what is above them.
    expect(many!.length - one!.length).toBe(25);
  });

  it('by another program passes nothing over', () => {
    const spec = classifiedUnder([]);
    const [, ...rest] = JSON.parse(summarise(spec.state)!) as unknown[];
    const context = { config: noConfig, since: {} };
    expect(mayConcern(summarise(spec.state)!, context)).toBe(false);
    expect(mayConcern(JSON.stringify(['classifier/3', ...rest]), context)).toBe(true);
  });

  it('is not there before an answer', () => {
    expect(summarise(decider.empty())).toBeUndefined();
  });

  it('is less than 1,024 bytes for any number of findings, rules and placements', () => {
    const rules = Array.from({ length: 200 }, (_, n) =>
      ruled({ ruleId: `rule-${n}`, criteria: { vulnerabilities: [`CVE-${n}`] } }),
    );
    const many = Array.from({ length: 3000 }, (_, n) =>
      finding({ vulnerability: `CVE-${n}`, aliases: [`DSA-${n}`], score: 1 / 3 }),
    );
    const spec = classifiedUnder(rules, many);
    for (let n = 0; n < 50; n += 1)
      spec.given(...joined(many, { registryId: `/subscriptions/${n}/registries/${n}`, subscriptionId: `${n}` }));
    const summary = summarise(spec.state)!;
    expect(Buffer.byteLength(summary)).toBeLessThan(1024);
    expect(concerns(spec, [ruled({ scope: '/subscriptions/49', criteria: { vulnerabilities: ['dsa-2999'] } })])).toBe(
      true,
    );
  });
});

const criteria = fc.record(
  {
    vulnerabilities: fc.uniqueArray(fc.constantFrom('CVE-1', 'cve-2', 'DSA-3', 'CVE-9'), { maxLength: 2 }),
    digests: fc.subarray([digest, `sha256:${'f'.repeat(64)}`]),
    operatingSystems: fc.subarray(['debian', 'Debian 13', 'alpine']),
    severityBelow: fc.constantFrom(...severities),
    cvssBelow: fc.constantFrom(2, 5, 9),
    patchable: fc.boolean(),
  },
  { requiredKeys: [] },
);
const subscriptions = ['a', 'b'];
const rule = fc
  .record({
    ruleId: fc.constantFrom('x', 'y', 'z'),
    scope: fc.constantFrom('/subscriptions/a', '/subscriptions/b', '/subscriptions/b/registries/r'),
    criteria,
    removed: fc.boolean(),
    expires: fc.boolean(),
  })
  .map(({ expires, ...data }) => ruled({ ...data, ...(expires ? { expiresAt: '2026-11-24T10:00:00.000Z' } : {}) }));
const change = fc.oneof(
  { weight: 6, arbitrary: rule },
  { weight: 1, arbitrary: fc.constantFrom(scanExample.scanner.digest, digest).map((of) => recall(of)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(scanExample.database.digest, digest), fc.constantFrom('ordered', 'withdrawn'))
      .map(([of, outcome]) => recall(of, databaseRecallOf(of), outcome)),
  },
);
const found = fc.array(
  fc
    .record({
      vulnerability: fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3'),
      aliases: fc.constantFrom<string[]>(['DSA-3'], []),
      path: fc.constantFrom('a', 'b'),
      severity: fc.constantFrom(...severities),
      score: fc.constantFrom(1, 4, 8),
      isFixed: fc.boolean(),
    })
    .map(({ isFixed, ...data }) => ({ ...(isFixed ? finding() : unfixed), ...data })),
  { maxLength: 3 },
);

it('a change of config that may not concern a digest leaves its decision as it was', () => {
  let passedOver = 0;
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 4 }),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      found,
      fc.subarray(subscriptions, { minLength: 1 }),
      fc.boolean(),
      (before, after, findings, placements, succeeds) => {
        const spec = new DeciderSpec(decider, digest) as Spec;
        spec.config = following(noConfig, before);
        placements.forEach((id, at) => {
          const head = { subscriptionId: id, registryId: `/subscriptions/${id}/registries/r`, packages: ordinary };
          if (at > 0 && !succeeds) spec.given(...scanned({ ...head, outcome: 'failed' }));
          else spec.given(...scanned({ ...head, result: 1, findings }));
        });
        spec.when();
        const decided = spec.decide();
        expect(decided.events).toEqual([]);
        const summary = summarise(spec.state)!;
        spec.config = following(spec.config, after, before.length);
        const since = { 'rule.changed': before.length, 'operator.acted': before.length };
        if (mayConcern(summary, { config: spec.config, since })) return;
        passedOver += 1;
        expect(spec.decide()).toEqual(decided);
      },
    ),
    { numRuns: 1000 },
  );
  expect(passedOver).toBeGreaterThan(100);
});
