import { billingProgram } from '@assay/billing/domain/decide';
import { listPrices } from '@assay/billing/domain/prices';
import { program as classifier } from '@assay/classifier/domain/decide';
import { program as eligibility } from '@assay/eligibility/domain/decide';
import { definitionOf, encode, isConfigTopic, type AnyEvent, type ScanCompleted, type Topic } from '@assay/events';
import { program as ingestion } from '@assay/ingestion/domain/decide';
import { partitionOf, type NewRecord } from '@assay/messaging';
import { program as recommendation } from '@assay/recommendation/domain/decide';
import { programOn } from '@assay/sandbox-runner/domain/decide';
import { Asked, eventOf } from '@assay/testing';
import type { Rebuildable } from '../checker/projections.ts';
import { truthfully, type Pushed, type Truth } from '../checker/truth.ts';

export const partitions = 2;

const example = <T>(topic: Topic): T => definitionOf(topic)!.examples[1] as T;
const scanned = example<ScanCompleted>('scan.completed');
const { scanner, database } = scanned;
const bench = { scanner, database, driver: 'bwrap' };

/** One push as the six programs answer it, in the order in which the log has it. */
const told = (): { readonly events: readonly AnyEvent[]; readonly push: Pushed } => {
  const { digest, registryId, loginServer, repository, subscriptionId } = scanned;
  const from = { source: '/assay/test', sequence: undefined as never };
  const config = [
    eventOf('registry.observed', registryId, example('registry.observed'), from),
    eventOf('plan.changed', subscriptionId, example('plan.changed'), from),
  ];
  const notification = eventOf(
    'notification.received',
    digest,
    { ...example<object>('notification.received'), digest, loginServer, registryId, repository, tag: 'v1' },
    from,
  );
  const ingesting = new Asked(ingestion, digest).follow(...config).hear(notification);
  ingesting.ask();
  for (const { id } of ingesting.jobs)
    ingesting.job(id, {
      state: 'finished',
      attempt: 1,
      result: {
        facts: example<{ facts: object }>('image.pushed').facts,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      },
    });
  const pushed = ingesting.ask();
  const approved = new Asked(eligibility, digest)
    .follow(...config)
    .hear(...pushed)
    .ask();
  const running = new Asked(programOn(bench), digest).follow(...config).hear(...approved);
  running.ask();
  for (const { id } of running.jobs) running.job(id, { state: 'leased', attempt: 1 });
  const started = running.ask();
  const { os, report, startedAt, findings } = scanned;
  const packages = ['apt', 'bash', 'libssl3'].map((name) => ({ ...scanned.packages[0]!, name }));
  for (const { id } of running.jobs)
    running.job(id, {
      state: 'finished',
      attempt: 1,
      result: { succeeded: true, findings, packages, startedAt, scannerMs: 97, pullMs: 12, ...bench, os, report },
    });
  const completed = running.ask();
  const classified = new Asked(classifier, digest)
    .follow(...config)
    .hear(...completed)
    .ask();
  const changed = new Asked(recommendation, digest).hear(...classified).ask();
  const charged = new Asked(billingProgram(listPrices), digest).hear(...classified).ask();
  return {
    events: [
      ...config,
      notification,
      ...pushed,
      ...approved,
      ...started,
      ...completed,
      ...classified,
      ...changed,
      ...charged,
    ],
    push: { registryId, loginServer, subscriptionId, repository, digest, tag: 'v1', deserved: { status: 'unhealthy' } },
  };
};

const { events, push } = told();

export const recordOf = (event: AnyEvent): NewRecord => ({
  ...encode(event),
  topic: event.topic,
  partition: isConfigTopic(event.topic) ? 0 : partitionOf(event.subject, partitions),
});

export const goodEvents = events;
export const goodPush = push;
export const goodTruth: Truth = truthfully({
  pushes: [push],
  taken: new Set(events.filter(({ topic }) => topic === 'notification.received').map(({ id }) => id)),
});

export const only = (topic: Topic): AnyEvent => events.find((event) => event.topic === topic)!;

/** What each service decides. */
export const programs = [
  ingestion,
  eligibility,
  programOn(bench),
  classifier,
  recommendation,
  billingProgram(listPrices),
] as unknown as readonly Rebuildable['program'][];
