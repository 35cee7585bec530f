import { definitions, type Topic } from './catalogue.ts';

/** One service of the suite: what it hears by key, what it follows as config, and what it says. */
export interface Step {
  readonly app: string;
  /** What it is there for, in a few words. */
  readonly does: string;
  readonly hears: readonly Topic[];
  readonly follows: readonly Topic[];
  readonly says: readonly Topic[];
}

/**
 * Who hears what and says what. Events only ever travel down this list: topics, subscriptions, the
 * diagram in ARCHITECTURE.md and the architecture test are made from it or checked against it.
 */
export const flow = [
  {
    app: 'ingestion',
    does: 'takes notifications, inspects manifests, sweeps registries',
    hears: ['notification.received'],
    follows: ['registry.observed', 'operator.acted'],
    says: [
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
    hears: ['image.pushed', 'image.deleted'],
    follows: ['registry.observed', 'advisories.updated', 'plan.changed', 'operator.acted'],
    says: ['scan.approved', 'scan.declined', 'plan.changed', 'operator.acted'],
  },
  {
    app: 'sandbox-runner',
    does: 'pulls and scans in a sandbox, once per digest',
    hears: ['scan.approved', 'scan.declined'],
    follows: ['registry.observed', 'advisories.updated', 'operator.acted'],
    says: ['scan.started', 'scan.completed', 'operator.acted'],
  },
  {
    app: 'classifier',
    does: 'turns each scan into a status and findings',
    hears: ['scan.completed'],
    follows: ['rule.changed', 'operator.acted'],
    says: ['finding.classified', 'operator.acted'],
  },
  {
    app: 'recommendation',
    does: 'says what changed, and answers the APIs',
    hears: ['image.pushed', 'scan.declined', 'finding.classified'],
    follows: ['operator.acted'],
    says: ['recommendation.changed', 'rule.changed', 'assessment.written', 'operator.acted'],
  },
  {
    app: 'billing',
    does: 'charges each assessed image once',
    hears: ['finding.classified'],
    follows: ['registry.observed', 'charge.corrected', 'period.changed', 'owners.changed', 'operator.acted'],
    says: ['usage.charged', 'charge.corrected', 'period.changed', 'owners.changed', 'operator.acted'],
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
export const saidByWorker = (app: App): readonly Topic[] =>
  stepOf(app).says.filter((topic) => !isConfigTopic(topic) && topic !== 'notification.received');
