import {
  definitions,
  setSum,
  topicsOfProcessor,
  type AnyEvent,
  type ClassifiedFinding,
  type Finding,
} from '@assay/events';
import type { Service } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { recommendation } from '@assay/recommendation';

export const example = (topic: string): object =>
  definitions.find((definition) => definition.topic === topic)!.examples[1]!;
/** The image of the nth event. */
export const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const eventOf = (topic: AnyEvent['topic'], subject: string, data: object, id: string): AnyEvent => ({
  id,
  source: '/assay/bench',
  subject,
  time: '2026-11-24T09:15:02.500Z',
  correlationid: id,
  topic,
  data,
});

/** A service and its input: events that differ only in their digest. */
export interface Fed {
  readonly service: Service;
  readonly receives: AnyEvent['topic'];
  readonly data: object;
}

/** The example of a topic with other findings, as a whole set. */
export const withFindings = (topic: string, findings: readonly (Finding | ClassifiedFinding)[]): object => ({
  ...example(topic),
  findings,
  set: setSum(findings),
});

/** The services that fold and decide, on events without findings. */
export const fed: readonly Fed[] = [
  { service: eligibility, receives: 'image.pushed', data: example('image.pushed') },
  { service: classifier, receives: 'scan.completed', data: withFindings('scan.completed', []) },
  { service: recommendation, receives: 'finding.classified', data: withFindings('finding.classified', []) },
  { service: billing, receives: 'finding.classified', data: withFindings('finding.classified', []) },
];

/** The trace context of a push: every event carries one. */
const traceOf = (n: number): string => `00-${n.toString(16).padStart(32, 'f')}-00f067aa0ba902b7-00`;

/** Appends events of different images, starting at a number. */
export const feed = async (
  log: EventLog,
  { receives, data }: Pick<Fed, 'receives' | 'data'>,
  from: number,
  count: number,
): Promise<void> => {
  for (let n = from; n < from + count; n += 500) {
    await log.append(
      Array.from({ length: Math.min(500, from + count - n) }, (_, k) =>
        recordOf(
          {
            ...eventOf(
              receives,
              digestOf(n + k),
              { ...data, digest: digestOf(n + k), scanId: `scan ${n + k}` },
              `event ${n + k}`,
            ),
            traceparent: traceOf(n + k),
          },
          log.partitions,
        ),
      ),
    );
  }
};

/** Appends the registry and the plan that make the fed images eligible. */
export const configure = async (log: EventLog): Promise<void> => {
  const observed = example('registry.observed') as { registryId: string };
  await log.append([
    recordOf(eventOf('registry.observed', observed.registryId.toLowerCase(), observed, 'registry'), log.partitions),
    recordOf(eventOf('plan.changed', 'plan', example('plan.changed'), 'plan'), log.partitions),
  ]);
};

/** Counts the records in the topics. */
export const countIn = async (log: EventLog, topics: readonly string[]): Promise<number> => {
  const ends = await Promise.all(
    topics.flatMap((topic) => Array.from({ length: log.partitions }, (_, partition) => log.end(topic, partition))),
  );
  return ends.reduce((sum, end) => sum + end, 0);
};

export const emittedBy = (log: EventLog, service: Service): Promise<number> =>
  countIn(log, topicsOfProcessor(service.name as never));
