import { definitions, type Topic } from './catalogue.ts';

/** One service of the suite: what it hears by key, what it follows as config, and what it says. */
export interface Step {
  readonly app: string;
  /** What it is there for, in a few words. */
  readonly does: string;
  readonly consumes: readonly Topic[];
  readonly config: readonly Topic[];
  readonly produces: readonly Topic[];
}

/**
 * Who hears what and says what. Events only ever travel down this list: topics, subscriptions, the
 * diagram in ARCHITECTURE.md and the architecture test are made from it or checked against it.
 */
export const flow = [
  {
    app: 'ingestion',
    does: 'takes notifications, inspects manifests, sweeps registries',
    consumes: ['notification.received'],
    config: ['registry.observed', 'operator.acted'],
    produces: [
      'notification.received',
      'image.pushed',
      'image.deleted',
      'registry.observed',
      'advisories.updated',
      'operator.acted',
    ],
  },
  {
    app: 'eligibility',
    does: 'gives each push its verdict',
    consumes: ['image.pushed', 'image.deleted'],
    config: ['registry.observed', 'advisories.updated', 'plan.changed', 'operator.acted'],
    produces: ['scan.approved', 'scan.declined', 'plan.changed', 'operator.acted'],
  },
  {
    app: 'sandbox-runner',
    does: 'pulls and scans in a sandbox, once per digest',
    consumes: ['scan.approved', 'scan.declined'],
    config: ['registry.observed', 'advisories.updated', 'operator.acted'],
    produces: ['scan.started', 'scan.completed', 'operator.acted'],
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
    does: 'says what changed, and answers the APIs',
    consumes: ['image.pushed', 'scan.declined', 'finding.classified'],
    config: ['operator.acted'],
    produces: ['recommendation.changed', 'rule.changed', 'assessment.written', 'operator.acted'],
  },
  {
    app: 'billing',
    does: 'charges each assessed image once',
    consumes: ['finding.classified'],
    config: ['registry.observed', 'charge.corrected', 'period.changed', 'owners.changed', 'operator.acted'],
    produces: ['usage.charged', 'charge.corrected', 'period.changed', 'owners.changed', 'operator.acted'],
  },
] as const satisfies readonly Step[];

export type App = (typeof flow)[number]['app'];

/** Topics with one partition that every instance follows whole; all others are keyed by image digest. */
export const configTopics = [
  'registry.observed',
  'plan.changed',
  'rule.changed',
  'assessment.written',
  'advisories.updated',
  'charge.corrected',
  'period.changed',
  'owners.changed',
  'operator.acted',
] as const satisfies readonly Topic[];

export const isConfigTopic = (topic: string): boolean => (configTopics as readonly string[]).includes(topic);

export const keyedTopics: readonly Topic[] = definitions
  .map(({ topic }) => topic as Topic)
  .filter((topic) => !isConfigTopic(topic));

/** The step of one service. */
export const stepOf = (app: App): Step => flow.find((step) => step.app === app)!;

/** What a partition worker of the service says into its own partitions, in the order of the flow. */
export const topicsOfProcessor = (app: App): readonly Topic[] =>
  stepOf(app).produces.filter((topic) => !isConfigTopic(topic) && topic !== 'notification.received');
