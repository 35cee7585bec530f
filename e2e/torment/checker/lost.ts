import { placementKey, type FindingClassified, type Placement, type ScanDeclined } from '@assay/events';
import { faults, type Fault } from './fault.ts';
import type { Received, LogReading } from './reading.ts';
import { headOf, wholeSets } from './sets.ts';
import type { TormentTruth } from './truth.ts';

const lost = faults('lost');

/** The answer that counts for a placement: the highest classification of its highest verdict. */
export type CountingHead = { readonly declined: ScanDeclined } | { readonly classified: FindingClassified };

/** The final events of one placement. */
interface Known {
  readonly pushes: readonly Received<'image.pushed'>[];
  readonly verdicts: readonly Received<'scan.approved' | 'scan.declined'>[];
  readonly recommendation: Received<'recommendation.changed'> | undefined;
  readonly head: CountingHead | undefined;
}

/** The result that every reader of the log must reach, by placement. */
export const knownIn = (reading: LogReading): ReadonlyMap<string, Known> => {
  const by = <T extends { readonly event: { readonly data: Placement } }>(received: readonly T[]): Map<string, T[]> =>
    Map.groupBy(received, ({ event: { data } }) => placementKey(data));
  const [pushes, verdicts, recommendations] = [
    by(reading.of('image.pushed')),
    by([...reading.of('scan.declined'), ...reading.of('scan.approved')] as Known['verdicts'][number][]),
    by(reading.of('recommendation.changed')),
  ];
  const classified = Map.groupBy(wholeSets(reading.of('finding.classified')).map(headOf), placementKey);
  return new Map(
    [...pushes.keys()].map((key) => {
      const judged = (verdicts.get(key) ?? []).toSorted((a, b) => a.event.data.verdict - b.event.data.verdict);
      const last = judged.at(-1);
      const of = classified
        .get(key)
        // Verdicts that a topic lost are numbered again from the highest that it kept. A classification of a higher
        // verdict stays valid.
        ?.filter(({ verdict }) => last !== undefined && verdict >= last.event.data.verdict)
        .toSorted((a, b) => a.verdict - b.verdict || a.classification - b.classification)
        .at(-1);
      const head: CountingHead | undefined =
        last?.topic === 'scan.declined' ? { declined: last.event.data as ScanDeclined } : of && { classified: of };
      return [
        key,
        { pushes: pushes.get(key)!, verdicts: judged, recommendation: recommendations.get(key)?.at(-1), head },
      ];
    }),
  );
};

const nameOf = ({ repository, digest }: { readonly repository: string; readonly digest: string }): string =>
  `${repository}@${digest}`;

/** Inputs without a result in the log. */
export const lostIn = (reading: LogReading, truth: TormentTruth): Fault[] => {
  const known = knownIn(reading);
  return lost([
    ...unreceived(reading, truth),
    ...unanswered(reading),
    ...unpushed(known, truth),
    ...[...known.values()].flatMap((each) => unjudged(each)),
    ...unscanned(reading),
  ]);
};

/** Notifications that the suite accepted and that are not in the log. */
const unreceived = (reading: LogReading, { taken }: TormentTruth): string[] =>
  [...taken].filter((id) => !reading.ids.has(id)).map((id) => `notification ${id} was taken and is not in the log`);

/** True for a notification about a tag alone: a registry's answer follows, and no push. */
export const isAboutTag = ({ subject, data }: { readonly subject: string; readonly data: object }): boolean =>
  !subject.startsWith('sha256:') || ('sender' in data && data.sender === 'tag');

/** Notifications without an answer; the same moment of the same tag is the same push. */
const unanswered = (reading: LogReading): string[] => {
  const answered = new Set(
    [...reading.of('image.pushed'), ...reading.of('image.deleted')].map(({ event: { causationid } }) => causationid),
  );
  const same = Map.groupBy(
    reading.of('notification.received').filter(({ event }) => !isAboutTag(event)),
    ({ event: { data } }) =>
      `${data.loginServer} ${data.repository} ${data.digest} ${data.tag} ${data.occurredAt} ${data.action}`,
  );
  return [...same.values()]
    .filter((those) => !those.some(({ event: { id } }) => answered.has(id)))
    .flatMap(([first]) =>
      first
        ? [`notification ${first.event.id} of ${first.event.data.repository}@${first.event.data.digest} has no answer`]
        : [],
    );
};

/** Pushes that neither a notification nor a sweep reported. */
const unpushed = (known: ReturnType<typeof knownIn>, { pushes }: TormentTruth): string[] =>
  pushes.flatMap((push) => {
    const tags = known.get(placementKey(push))?.pushes.flatMap(({ event: { data } }) => [data.tag, ...data.tags]);
    if (!tags) return [`the push of ${nameOf(push)} has no image.pushed`];
    return tags.includes(push.tag) ? [] : [`no image.pushed of ${nameOf(push)} tells of its tag ${push.tag}`];
  });

const unjudged = ({ pushes, verdicts, recommendation, head }: Known): string[] => {
  const {
    event: { id, data },
  } = pushes.at(-1)!;
  if (!verdicts.some(({ event }) => event.data.pushId === data.pushId))
    return [`push ${id} of ${nameOf(data)} has no verdict`];
  if (!head) return [`verdict ${verdicts.at(-1)!.event.id} on ${nameOf(data)} came to no status`];
  const { status, reason } = 'declined' in head ? head.declined : head.classified;
  const published = recommendation?.event.data;
  return published?.status === status && published.reason === reason
    ? []
    : [
        `${nameOf(data)} is ${status}/${reason}, and its last recommendation.changed says ` +
          `${published?.status}/${published?.reason}`,
      ];
};

/** Approvals that were not withdrawn and have no end; results without a status; chargeable results without a charge. */
const unscanned = (reading: LogReading): string[] => {
  const declined = Map.groupBy(reading.of('scan.declined'), ({ event: { data } }) => placementKey(data));
  const highest = (data: Placement): number =>
    Math.max(0, ...(declined.get(placementKey(data)) ?? []).map(({ event }) => event.data.verdict));
  const scans = wholeSets(reading.of('scan.completed'));
  const ended = new Set(scans.map((set) => headOf(set).scanId));
  const classified = wholeSets(reading.of('finding.classified')).map((set) => ({ data: headOf(set) }));
  const assessed = new Set(classified.map(({ data }) => data.scanId));
  const charged = new Set(
    reading.of('usage.charged').map(({ event: { data } }) => `${data.subscriptionId.toLowerCase()} ${data.digest}`),
  );
  // A later scan may arrive in the same batch as an earlier one, which then needs no status of its own.
  const latest = new Map(scans.map((set) => [placementKey(headOf(set)), headOf(set)]));
  return [
    ...reading
      .of('scan.approved')
      .filter(({ event: { data } }) => data.verdict > highest(data) && !ended.has(data.scanId))
      .map(({ event: { data } }) => `scan ${data.scanId} of ${nameOf(data)} was approved and never ended`),
    ...[...latest.values()]
      .filter(({ scanId }) => !assessed.has(scanId))
      .map((scan) => `scan ${scan.scanId} of ${nameOf(scan)} ended and was never classified`),
    ...classified
      .filter(
        ({ data }) =>
          ['healthy', 'unhealthy'].includes(data.status) &&
          !charged.has(`${data.subscriptionId.toLowerCase()} ${data.digest}`),
      )
      .map(({ data }) => `${nameOf(data)} is to be paid for by ${data.subscriptionId} and is not charged`),
  ];
};
