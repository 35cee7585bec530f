import type { EventDefinition } from './definition.ts';
import { advisoriesOffered } from './events/advisories.offered.ts';
import { advisoriesUpdated } from './events/advisories.updated.ts';
import { advisoriesWeighed } from './events/advisories.weighed.ts';
import { assessmentWritten } from './events/assessment.written.ts';
import { chargeCorrected } from './events/charge.corrected.ts';
import { clusterReported } from './events/cluster.reported.ts';
import { exportRecorded } from './events/export.recorded.ts';
import { findingClassified } from './events/finding.classified.ts';
import { imageDeleted } from './events/image.deleted.ts';
import { imagePushed } from './events/image.pushed.ts';
import { imageTagged } from './events/image.tagged.ts';
import { imageRunning } from './events/image.running.ts';
import { notificationReceived } from './events/notification.received.ts';
import { operatorActed } from './events/operator.acted.ts';
import { ownersChanged } from './events/owners.changed.ts';
import { periodChanged } from './events/period.changed.ts';
import { planChanged } from './events/plan.changed.ts';
import { recommendationChanged } from './events/recommendation.changed.ts';
import { registryObserved } from './events/registry.observed.ts';
import { ruleChanged } from './events/rule.changed.ts';
import { scanApproved } from './events/scan.approved.ts';
import { scanCompleted } from './events/scan.completed.ts';
import { scanDeclined } from './events/scan.declined.ts';
import { scanReassessed } from './events/scan.reassessed.ts';
import { scanStarted } from './events/scan.started.ts';
import { logSealed } from './events/log.sealed.ts';
import { tagMoved } from './events/tag.moved.ts';
import { subscriptionObserved } from './events/subscription.observed.ts';
import { usageCharged } from './events/usage.charged.ts';
import { vulnerabilityDescribed } from './events/vulnerability.described.ts';

/** Every event of the suite: from the push to the charge, then the config. */
export const definitions = [
  notificationReceived,
  imagePushed,
  imageDeleted,
  tagMoved,
  imageTagged,
  imageRunning,
  scanApproved,
  scanDeclined,
  scanStarted,
  scanCompleted,
  scanReassessed,
  findingClassified,
  recommendationChanged,
  usageCharged,
  registryObserved,
  subscriptionObserved,
  logSealed,
  planChanged,
  ruleChanged,
  assessmentWritten,
  advisoriesUpdated,
  advisoriesOffered,
  advisoriesWeighed,
  vulnerabilityDescribed,
  chargeCorrected,
  periodChanged,
  ownersChanged,
  exportRecorded,
  clusterReported,
  operatorActed,
] as const;

export type Topic = (typeof definitions)[number]['topic'];

/** The data of a topic's event in its newest version. */
export type DataOf<T extends Topic> = InstanceType<Extract<(typeof definitions)[number], { topic: T }>['data']>;

const byTopic = new Map<string, (typeof definitions)[number]>(
  definitions.map((definition) => [definition.topic, definition]),
);

export const definitionOf = (topic: string): (typeof definitions)[number] | undefined => byTopic.get(topic);

/** The topic of the log on which an event travels. Of a text that is no topic, the text itself. */
export const channelOf = <T extends string>(topic: T): T =>
  ((definitionOf(topic) as EventDefinition | undefined)?.channel as T | undefined) ?? topic;

const byChannel = Map.groupBy(definitions, ({ topic }): string => channelOf(topic));

/** The events that travel on a topic of the log. */
export const definitionsOn = (channel: string): readonly (typeof definitions)[number][] => byChannel.get(channel) ?? [];
