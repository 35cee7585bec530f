import { present } from './present.ts';
import { channelOf, definitions, type Topic } from './catalogue.ts';
import type { AnyEvent, AssayEvent } from './envelope.ts';

/** One service of the suite with the topics that it consumes by key, follows as config, and produces. */
export interface Step {
  readonly app: string;
  /** The purpose of the service, in a few words. */
  readonly does: string;
  readonly consumes: readonly Topic[];
  readonly config: readonly Topic[];
  /** Config topics that it reads without waiting for them: no decision rests on them. */
  readonly reads?: readonly Topic[];
  readonly produces: readonly Topic[];
}

/**
 * All services with the topics that they consume and produce. Events only travel down this list. Topics, subscriptions,
 * the diagram in ARCHITECTURE.md and the architecture test are derived from it or checked against it.
 */
export const flow = [
  {
    app: 'ingestion',
    does: 'takes notifications, inspects manifests, sweeps registries',
    consumes: ['notification.received'],
    config: ['registry.observed', 'subscription.observed', 'operator.acted'],
    reads: ['advisories.weighed', 'period.changed'],
    produces: [
      'notification.received',
      'image.pushed',
      'image.deleted',
      'tag.moved',
      'image.tagged',
      'image.running',
      'cluster.reported',
      'registry.observed',
      'subscription.observed',
      'advisories.updated',
      'advisories.offered',
      'log.sealed',
      'operator.acted',
    ],
  },
  {
    app: 'eligibility',
    does: 'gives each push its verdict',
    consumes: ['image.pushed', 'image.deleted'],
    config: ['registry.observed', 'subscription.observed', 'plan.changed', 'operator.acted'],
    produces: ['scan.approved', 'scan.declined', 'plan.changed', 'operator.acted'],
  },
  {
    app: 'sandbox-runner',
    does: 'pulls and scans in a sandbox, once per digest',
    consumes: ['image.running', 'scan.approved', 'scan.declined'],
    config: ['registry.observed', 'advisories.updated', 'operator.acted'],
    reads: ['vulnerability.described', 'advisories.offered'],
    produces: ['vulnerability.described', 'advisories.weighed', 'scan.started', 'scan.completed', 'operator.acted'],
  },
  {
    app: 'classifier',
    does: 'turns each scan into a status and findings',
    consumes: ['scan.completed'],
    config: ['rule.changed', 'operator.acted'],
    produces: ['finding.classified', 'operator.acted'],
  },
  {
    app: 'recommendation',
    does: 'publishes changed recommendations, and answers the APIs',
    consumes: ['image.pushed', 'image.tagged', 'image.running', 'scan.declined', 'finding.classified'],
    config: ['operator.acted'],
    produces: ['recommendation.changed', 'rule.changed', 'assessment.written', 'operator.acted'],
  },
  {
    app: 'billing',
    does: 'charges each assessed image once',
    consumes: ['finding.classified'],
    config: ['registry.observed', 'charge.corrected', 'period.changed', 'owners.changed', 'operator.acted'],
    produces: [
      'usage.charged',
      'charge.corrected',
      'period.changed',
      'owners.changed',
      'export.recorded',
      'operator.acted',
    ],
  },
] as const satisfies readonly Step[];

export type App = (typeof flow)[number]['app'];

/**
 * Topics with one partition that every instance reads in full. All others are keyed: by image digest, `tag.moved` and
 * some of `notification.received` by the name of a tag.
 */
export const configTopics = [
  'registry.observed',
  'subscription.observed',
  'plan.changed',
  'rule.changed',
  'assessment.written',
  'advisories.updated',
  'advisories.offered',
  'advisories.weighed',
  'vulnerability.described',
  'charge.corrected',
  'period.changed',
  'owners.changed',
  'export.recorded',
  'cluster.reported',
  'log.sealed',
  'operator.acted',
] as const satisfies readonly Topic[];

/** Topics with marks. A service consumes at most one of them, and produces at most one. */
export const markedTopics = ['scan.completed', 'finding.classified'] as const satisfies readonly Topic[];

/** The topic from which a service takes marks, or into which it puts them, if it has one. */
export const markedTopicOf = (app: App, part: 'consumes' | 'produces'): Topic | undefined =>
  markedTopics.find((topic) => stepOf(app)[part].includes(topic));

export type ConfigEvent = AssayEvent<(typeof configTopics)[number]>;

/** True if the event is of a config topic. */
export const isConfigEvent = (event: AssayEvent): event is ConfigEvent => isConfigTopic(event.topic);

export const isConfigTopic = (topic: string): boolean => (configTopics as readonly string[]).includes(topic);

export const keyedTopics: readonly Topic[] = definitions
  .map(({ topic }) => topic as Topic)
  .filter((topic) => !isConfigTopic(topic) && channelOf(topic) === topic);

/** The events that travel on a topic of the log. */
type EventsOn<T extends Topic> = T | (T extends 'scan.completed' ? 'scan.reassessed' : never);

/** The topics of each service, by what it does with them. Config topics have no key, so no fold of a key reads them. */
type TopicsOf = {
  [Row in (typeof flow)[number] as Row['app']]: {
    readonly consumes: EventsOn<Row['consumes'][number]>;
    readonly config: Row['config'][number];
    readonly produces: EventsOn<Exclude<Row['produces'][number], (typeof configTopics)[number]>>;
  };
};

/**
 * The events that a service folds, by its row of `flow`: what it consumes by key, what it follows as config, or what it
 * produces by key. A switch over their topics ends in `unexpected`, so that the compiler names a topic that is missing.
 */
export type EventFor<A extends App, Part extends 'consumes' | 'config' | 'produces' = 'consumes'> = AssayEvent<
  TopicsOf[A][Part]
>;

const topicsByApp = (topicsIn: (step: Step) => readonly Topic[]): ReadonlyMap<string, ReadonlySet<Topic>> =>
  new Map(flow.map((step) => [step.app, new Set(topicsIn(step))]));

/** Looked up for every event that is folded. */
const foldedTopics = {
  consumes: topicsByApp(({ consumes }) => consumes),
  config: topicsByApp(({ config }) => config),
  produces: topicsByApp(({ produces }) => produces.filter((topic) => !isConfigTopic(topic))),
};

/** True if the service's row of `flow` has the event's topic in that part. */
export const isEventFor = <A extends App, Part extends 'consumes' | 'config' | 'produces'>(
  app: A,
  part: Part,
  event: AnyEvent,
): event is AnyEvent & EventFor<A, Part> => foldedTopics[part].get(app)?.has(channelOf(event.topic)) ?? false;

/** The end of a switch that handles every topic. Throws a TypeError: an event came that the flow does not send here. */
export const unexpected = (event: never): never => {
  throw new TypeError(`${(event as AnyEvent).topic} is not for this fold`);
};

/** The step of one service. */
export const stepOf = (app: App): Step =>
  present(
    flow.find((step) => step.app === app),
    'step of the service',
  );

/** Keyed topics that no partition processor emits into its own partitions. Their events have no sequence. */
export const unsequencedTopics: readonly Topic[] = ['notification.received', 'image.running'];

/** The topics that a partition processor of the service emits into its own partitions, in the order of the flow. */
export const topicsOfProcessor = (app: App): readonly Topic[] =>
  stepOf(app).produces.filter((topic) => !isConfigTopic(topic) && !unsequencedTopics.includes(topic));
