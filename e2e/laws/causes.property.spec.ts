import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billingProgram } from '@assay/billing/domain/decider';
import { listPrices } from '@assay/billing/domain/prices';
import { decider as classifier } from '@assay/classifier/domain/decider';
import { decider as eligibility } from '@assay/eligibility/domain/decider';
import { definitionOf, stepOf, type AnyEvent, type DataOf, type Topic } from '@assay/events';
import type { Decider, EventDraft } from '@assay/event-sourcing';
import { decider as recommendation } from '@assay/recommendation/domain/decider';
import { causedBy, DeciderSpec, eventOf } from '@assay/testing';
import { CauseJudge } from './causes.ts';

const example = <T extends Topic>(topic: T): DataOf<T> => definitionOf(topic)!.examples[1] as DataOf<T>;
const { digest, registryId, subscriptionId } = example('image.pushed');
const at = (minute: number): string => new Date(Date.parse('2026-11-24T09:15:00.000Z') + minute * 60_000).toISOString();

/** Changes the drafts of a decision, knowing the log. */
type Mistake = (drafts: readonly EventDraft[], log: readonly AnyEvent[]) => readonly EventDraft[];
type AnyDecider = Decider<unknown, unknown, unknown>;
const services = [eligibility, classifier, recommendation, billingProgram(listPrices)] as unknown as AnyDecider[];

/** The services with one image, each of which reads the log when it is its turn. */
class Suite {
  readonly log: AnyEvent[] = [];
  readonly #services: readonly { readonly spec: DeciderSpec<unknown, unknown, unknown>; read: number }[];

  constructor(mistake: Mistake = (drafts) => drafts) {
    this.#services = services.map((decider) => {
      const decide: AnyDecider['decide'] = (state, context) => {
        const decision = decider.decide(state, context);
        return { ...decision, events: mistake(decision.events, this.log) };
      };
      return { spec: new DeciderSpec({ ...decider, decide }, digest, at(0)), read: 0 };
    });
  }

  /** A service reads what is new, and decides. */
  turn(index: number): void {
    const service = this.#services[index]!;
    const { consumes, config } = stepOf(service.spec.decider.app);
    for (const event of this.log.slice(service.read)) {
      if (consumes.includes(event.topic)) service.spec.given(event);
      if (config.includes(event.topic)) service.spec.givenConfig(event);
    }
    service.read = this.log.length;
    this.log.push(...service.spec.when());
  }

  /** Each service has its turn, until nothing is left to emit. */
  settle(): void {
    for (let round = 0; round < 3; round += 1) {
      for (const index of services.keys()) this.turn(index);
      this.scan();
    }
  }

  /** The runner answers each approval: a later one joins the result of the first. */
  scan(): void {
    const completed = this.#of('scan.completed');
    for (const approval of this.#of('scan.approved')) {
      if (completed.some(({ causationid }) => causationid === approval.id)) continue;
      const { lane: _lane, deadline: _deadline, platform: _platform, recall: _recall, ...judged } = approval.data;
      const isFirst = this.#of('scan.completed').length === 0;
      const more = isFirst ? {} : { content: 'none', findings: [], layers: undefined, joinedScanId: 'first' };
      const data = { ...example('scan.completed'), ...judged, ...more };
      const { id, correlationid } = causedBy(approval);
      this.log.push(eventOf('scan.completed', digest, data, { causationid: id, correlationid }));
    }
  }

  /** An order about a line of the bill, which may be a correction itself. */
  correct(line: number, amount: string): void {
    const lines = this.#of('usage.charged');
    const chargeId = lines[line % lines.length]?.data.chargeId ?? 'unknown';
    const correctionId = `correction ${this.log.length}`;
    const data = { ...example('charge.corrected'), chargeId, correctionId, subscriptionId, digest, amount };
    this.log.push(eventOf('charge.corrected', digest, data));
  }

  #of<T extends Topic>(topic: T): readonly (AnyEvent & { readonly data: DataOf<T> })[] {
    return this.log.filter((event) => event.topic === topic) as never;
  }
}

type Step = (suite: Suite) => void;
const comes =
  (topic: Topic, data: object): Step =>
  ({ log }) =>
    log.push(eventOf(topic, digest, { ...example(topic), ...data }));

const unread = { facts: undefined, inspection: { code: 'unreachable', message: 'no', attempts: 3, trying: true } };
const windows = { facts: { ...example('image.pushed').facts!, os: 'windows' } };
const repository = fc.constantFrom('team/hello', 'team/copy');
const minute = fc.integer({ min: 0, max: 10 });
const turn = fc.nat({ max: services.length - 1 }).map(
  (index): Step =>
    (suite) =>
      suite.turn(index),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>((suite) => suite.settle()),
  turn,
  fc.constant<Step>((suite) => suite.scan()),
  // A push that comes again has its time, and may have been read by then.
  fc.record({ repository, minute, facts: fc.constantFrom({}, {}, windows, unread) }).map(({ facts, ...push }) =>
    comes('image.pushed', {
      ...push,
      pushId: `${push.minute}`,
      pushedAt: at(push.minute),
      receivedAt: at(0),
      ...facts,
    }),
  ),
  fc.record({ repository, minute }).map((gone) => comes('image.deleted', { ...gone, deletedAt: at(gone.minute) })),
  fc
    .record({
      plan: fc.constantFrom('ContainerRegistry', 'Containers'),
      tier: fc.constantFrom('Standard', 'Standard', 'Free'),
      mode: fc.constantFrom('classic', 'extended'),
    })
    .map((plan) => comes('plan.changed', { subscriptionId, ...plan })),
  fc
    .record({
      networkAccess: fc.constantFrom('public', 'restricted'),
      removed: fc.constantFrom(false, false, false, true),
      removedImages: fc.constantFrom(undefined, 'keep', 'close'),
    })
    .map((registry) => comes('registry.observed', { registryId, ...registry })),
  fc.record({ line: fc.nat({ max: 2 }), amount: fc.constantFrom('-0.10', '0.06') }).map(
    ({ line, amount }): Step =>
      (suite) =>
        suite.correct(line, amount),
  ),
);

/** The faults of a log in which an image was assessed and charged, before steps came in random order. */
const faultsAfter = (steps: readonly Step[], mistake?: Mistake): string[] => {
  const suite = new Suite(mistake);
  comes('registry.observed', { registryId })(suite);
  comes('plan.changed', { subscriptionId })(suite);
  comes('image.pushed', { pushId: '0', pushedAt: at(0), receivedAt: at(0) })(suite);
  suite.settle();
  for (const each of steps) each(suite);
  suite.settle();
  const judge = new CauseJudge();
  return suite.log.flatMap((event) => judge.take(event) ?? []);
};

const holds = (mistake?: Mistake) =>
  fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    expect(faultsAfter(steps, mistake)).toEqual([]);
  });

/** Gives some drafts the newest event of a topic as their cause, if there is one. */
const blaming = (topic: Topic, isMeant: (draft: EventDraft, cause: AnyEvent) => boolean): Mistake => {
  return (drafts, log) => {
    const last = log.findLast((event) => event.topic === topic);
    const causeOf = (draft: EventDraft) => log.find(({ id }) => id === draft.cause.id)!;
    return drafts.map((draft) =>
      last && isMeant(draft, causeOf(draft)) ? { ...draft, cause: causedBy(last) } : draft,
    );
  };
};

const mistakes: Readonly<Record<string, Mistake>> = {
  'blames a plan where a registry moved': blaming('plan.changed', (_, { topic }) => topic === 'registry.observed'),
  'blames the last plan, also one that repeats': blaming('plan.changed', (_, { topic }) => topic === 'plan.changed'),
  'blames the last sight of a registry': blaming('registry.observed', (_, { topic }) => topic === 'registry.observed'),
  'blames the push where a deletion moved': blaming('image.pushed', (_, { topic }) => topic === 'image.deleted'),
  'blames the approval for a classification': blaming('scan.approved', ({ topic }) => topic === 'finding.classified'),
  'blames the push for a recommendation': blaming('image.pushed', ({ topic }) => topic === 'recommendation.changed'),
  'blames the scan for a charge': blaming(
    'scan.completed',
    (draft) => draft.topic === 'usage.charged' && !('correctionOf' in draft.data),
  ),
  'blames a classification for a credit': blaming('finding.classified', (draft) => 'correctionOf' in draft.data),
  'credits a credit': (drafts, log) =>
    drafts.map((draft) => {
      const credit = log.findLast(({ topic, data }) => topic === 'usage.charged' && 'correctionOf' in data);
      return credit && 'correctionOf' in draft.data
        ? { ...draft, data: { ...draft.data, correctionOf: (credit.data as { chargeId: string }).chargeId } }
        : draft;
    }),
};

describe('the cause of every event', () => {
  it('is the event without which it would be another one, or none', () => {
    fc.assert(holds(), { numRuns: 2000 });
  });

  it.each(Object.entries(mistakes))('is not what a service names that %s', (_, mistake) => {
    const { counterexample } = fc.check(holds(mistake), { numRuns: 3000, endOnFailure: true });
    expect(faultsAfter(counterexample![0], mistake)[0]).toMatch(/ names /);
  });
});
