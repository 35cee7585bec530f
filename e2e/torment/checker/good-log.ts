import { billingProgram } from '@assay/billing/domain/decider';
import { listPrices } from '@assay/billing/domain/prices';
import { decider as classifier } from '@assay/classifier/domain/decider';
import { decider as eligibility } from '@assay/eligibility/domain/decider';
import {
  definitionOf,
  encode,
  isConfigTopic,
  stepOf,
  type AnyEvent,
  type App,
  type ScanCompleted,
  type Topic,
} from '@assay/events';
import { decider as ingestion } from '@assay/ingestion/domain/decider';
import { partitionOf, type NewRecord } from '@assay/messaging';
import { decider as recommendation } from '@assay/recommendation/domain/decider';
import { deciderOn } from '@assay/sandbox-runner/domain/decider';
import { DeciderSpec, eventOf } from '@assay/testing';
import type { Rebuildable } from './projections.ts';
import { truthfully, type TruePush, type TormentTruth } from './truth.ts';

export const partitions = 2;

const example = <T>(topic: Topic): T => definitionOf(topic)!.examples[1] as T;
const scanned = example<ScanCompleted>('scan.completed');
const { scanner, database } = scanned;
const bench = { scanner, database, driver: 'bwrap' };

/** One push with the answers of the six services, in the order of the log. */
const makeLog = (): { readonly events: readonly AnyEvent[]; readonly push: TruePush } => {
  const { digest, registryId, loginServer, repository, subscriptionId } = scanned;
  const from = { source: '/assay/test', sequence: undefined as never };
  const config = [
    eventOf('registry.observed', registryId, example('registry.observed'), from),
    eventOf('plan.changed', subscriptionId, example('plan.changed'), from),
  ];
  const configOf = (app: App) => config.filter(({ topic }) => stepOf(app).config.includes(topic));
  const notification = eventOf(
    'notification.received',
    digest,
    { ...example<object>('notification.received'), digest, loginServer, registryId, repository, tag: 'v1' },
    from,
  );
  const ingesting = new DeciderSpec(ingestion, digest).givenConfig(...configOf('ingestion')).given(notification);
  ingesting.when();
  for (const { id } of ingesting.jobs)
    ingesting.job(id, {
      state: 'finished',
      attempt: 1,
      result: {
        facts: example<{ facts: object }>('image.pushed').facts,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      },
    });
  const pushed = ingesting.when();
  const approved = new DeciderSpec(eligibility, digest)
    .givenConfig(...configOf('eligibility'))
    .given(...pushed)
    .when();
  const running = new DeciderSpec(deciderOn(bench), digest)
    .givenConfig(...configOf('sandbox-runner'))
    .given(...approved);
  running.when();
  for (const { id } of running.jobs) running.job(id, { state: 'leased', attempt: 1 });
  const started = running.when();
  const { os, witness, inventory, packages, report, startedAt, findings, layers, form } = scanned;
  for (const { id } of running.jobs)
    running.job(id, {
      state: 'finished',
      attempt: 1,
      result: {
        succeeded: true,
        findings,
        layers,
        descriptions: [],
        form,
        packages,
        inventory,
        startedAt,
        scannerMs: 97,
        pullMs: 12,
        ...bench,
        os,
        witness,
        report,
      },
    });
  const completed = running.when();
  const classified = new DeciderSpec(classifier, digest)
    .givenConfig(...configOf('classifier'))
    .given(...completed)
    .when();
  const changed = new DeciderSpec(recommendation, digest).given(...classified).when();
  const charged = new DeciderSpec(billingProgram(listPrices), digest).given(...classified).when();
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

const { events, push } = makeLog();

export const recordOf = (event: AnyEvent): NewRecord => ({
  ...encode(event),
  topic: event.topic,
  partition: isConfigTopic(event.topic) ? 0 : partitionOf(event.subject, partitions),
});

export const goodEvents = events;
export const goodPush = push;
export const goodTruth: TormentTruth = truthfully({
  pushes: [push],
  taken: new Set(events.filter(({ topic }) => topic === 'notification.received').map(({ id }) => id)),
});

export const only = (topic: Topic): AnyEvent => events.find((event) => event.topic === topic)!;

/** The decider of each service. */
export const programs = [
  ingestion,
  eligibility,
  deciderOn(bench),
  classifier,
  recommendation,
  billingProgram(listPrices),
] as unknown as readonly Rebuildable['decider'][];
