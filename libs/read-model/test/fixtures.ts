import {
  canonical,
  definitionOf,
  derivedId,
  inventoryBytes,
  inventoryDocument,
  setSum,
  type AnyEvent,
  type ClassifiedFinding,
  type DataOf,
  type Facts,
  type Json,
  type PackageInventory,
  type Rating,
  type Topic,
} from '@assay/events';
import { blobOf, scanAreas } from '@assay/event-sourcing';
import type { PlainFinding } from '../src/intake/plain-finding.ts';
import { recordOf, type EventLog, type NewRecord } from '@assay/messaging';

export const subscriptionId = '00000000-0000-0000-0000-000000000001';
export const registryId =
  `/subscriptions/${subscriptionId}/resourceGroups/rg1` + `/providers/Microsoft.ContainerRegistry/registries/myreg`;
const pushedAt = '2026-11-24T09:15:02.123Z';
/** The packages that the scans of the fixtures find. */
export const exampleInventory = inventoryDocument.examples[1] as unknown as PackageInventory;

/** A time after all events of the fixtures and before any deadline. */
export const soon = Date.parse('2026-11-24T09:20:00.000Z');

export const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;

/** Count and sum of the findings of a classification, unless they are given or on several pages. */
const sumIn = (data: Partial<DataOf<'finding.classified'>>): object =>
  data.findings && !data.set && (data.pages ?? 1) === 1 ? { set: setSum(data.findings) } : {};

/** The golden example of a topic, with some fields changed. */
export const dataOf = <T extends Topic>(topic: T, changes: Partial<DataOf<T>> = {}): DataOf<T> =>
  ({
    ...structuredClone(definitionOf(topic)!.examples[1] as Json),
    ...changes,
    ...(topic === 'finding.classified' ? sumIn(changes) : {}),
  }) as DataOf<T>;

let count = 0;

/** An event as published; events of a service carry a sequence. */
export const emitted = <T extends Topic>(
  topic: T,
  changes: Partial<DataOf<T>> = {},
  attributes: Partial<AnyEvent> = {},
): AnyEvent => {
  const data = dataOf(topic, changes);
  const { digest } = data as { digest?: string };
  count += 1;
  return {
    id: derivedId('test', topic, JSON.stringify(data)),
    source: '/assay/test',
    subject: digest ?? topic,
    time: '2026-11-24T09:15:02.500Z',
    topic,
    data,
    ...attributes,
    ...(digest ? { sequence: `1.${count}` } : {}),
    ...('sequence' in attributes ? { sequence: attributes.sequence! } : {}),
  } as AnyEvent;
};

/** A finding in full, as the API shows it. Events carry its two halves. */
export type FullFinding = Omit<PlainFinding, 'findingId' | 'remediation'>;

/** The golden example in full, with some fields changed. A field that is undefined is left out. */
export const findingOf = (
  changes: { [Field in keyof FullFinding]?: FullFinding[Field] | undefined } = {},
): FullFinding => {
  const { vulnerability: _, layer: __, score: ___, ...entry } = dataOf('finding.classified').findings[0]!;
  const { without: _w, scanner: _s, database: _d, ...described } = dataOf('vulnerability.described');
  const all = { aliases: [], ...entry, ...described, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as FullFinding;
};

/** The source of a finding that rates each package by itself: here, that of its packages. */
const isOwn = ({ packageType }: FullFinding, { source }: Rating): boolean => source === packageType;

/** The part of a finding that is particular to the image. */
export const entryOf = (finding: FullFinding, layers: readonly string[] = layersOf([finding])): ClassifiedFinding => {
  const { aliases, layer, ratings, path, sourcePackage, fixedVersion, ruleId } = finding;
  const { vulnerability, package: name, packageType, installedVersion, severity } = finding;
  const { severityRule, state, firstSeenAt, advisoryRemoved } = finding;
  const own = ratings.filter((rating) => isOwn(finding, rating));
  const scores = ratings.flatMap(({ score }) => score ?? []);
  return {
    vulnerability,
    package: name,
    packageType,
    installedVersion,
    severity,
    severityRule,
    state,
    firstSeenAt,
    ...(path === undefined ? {} : { path }),
    ...(sourcePackage === undefined ? {} : { sourcePackage }),
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(advisoryRemoved === undefined ? {} : { advisoryRemoved }),
    ...(aliases.length > 0 ? { aliases: [...aliases] } : {}),
    ...(layer === undefined ? {} : { layer: layers.indexOf(layer) }),
    ...(own.length > 0 ? { ratings: own } : {}),
    ...(scores.length > 0 ? { score: Math.max(...scores) } : {}),
  };
};

const layersOf = (findings: readonly FullFinding[]): string[] => [
  ...new Set(findings.flatMap(({ layer }) => layer ?? [])),
];

/** The part of a finding that is the same for every image. */
export const described = (finding: FullFinding): AnyEvent => {
  const { vulnerability, title, description, references, cwes, ratings, publishedAt, modifiedAt } = finding;
  const shared = ratings.filter((rating) => !isOwn(finding, rating));
  const data = { vulnerability, title, description, references, cwes, ratings: shared, publishedAt, modifiedAt };
  return emitted('vulnerability.described', data as Partial<DataOf<'vulnerability.described'>>);
};

/** The fields of a classification that publish a whole set of findings. */
export const wholeSet = (
  findings: readonly FullFinding[],
): Pick<DataOf<'finding.classified'>, 'content' | 'set' | 'layers' | 'findings'> => {
  const layers = layersOf(findings);
  const entries = canonical(findings.map((finding) => entryOf(finding, layers)));
  return { content: 'set', set: setSum(entries), layers, findings: entries };
};

export const recordsOf = (events: readonly AnyEvent[], partitions: number): NewRecord[] =>
  events.map((event) => recordOf(event, partitions));

export const tell = async (log: EventLog, ...events: readonly AnyEvent[]): Promise<void> => {
  await log.append(recordsOf(events, log.partitions));
};

export const registryObserved = (changes: Partial<DataOf<'registry.observed'>> = {}): AnyEvent =>
  emitted('registry.observed', { registryId, ...changes });
export const planOn = (changes: Partial<DataOf<'plan.changed'>> = {}): AnyEvent =>
  emitted('plan.changed', { subscriptionId, tier: 'Standard', ...changes });

const counts = (
  findings: readonly Pick<FullFinding, 'severity' | 'state'>[],
): DataOf<'finding.classified'>['bySeverity'] => {
  const by = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
  for (const { severity, state } of findings) if (state === 'active') by[severity] += 1;
  return by;
};

export interface StoryOptions {
  readonly digest?: string;
  readonly verdict?: number;
  readonly findings?: readonly FullFinding[];
  readonly push?: Partial<DataOf<'image.pushed'>>;
  readonly classified?: Partial<DataOf<'finding.classified'>>;
}

const after = (verdict: number, ms: number): string =>
  new Date(Date.parse(pushedAt) + 1_000 * verdict + ms).toISOString();

/** The fields of the push that every event answering a verdict repeats. */
export const pushFields = (digest: string, verdict: number) => ({
  digest,
  pushId: derivedId('push', digest, verdict),
  pushedAt: after(verdict, 0),
  receivedAt: after(verdict, 100),
});

/**
 * All events of one scanned push, from the push to the charge, each caused by the one before; then the descriptions of
 * its vulnerabilities.
 */
export const wholeStory = ({
  digest = digestOf(1),
  verdict = 1,
  findings = [findingOf()],
  push = {},
  classified = {},
}: StoryOptions = {}): AnyEvent[] => {
  const at = (ms: number): string => after(verdict, ms);
  const placed = { ...pushFields(digest, verdict), ...push };
  const { pushId } = placed;
  const judged = { ...placed, verdict };
  const traceparent = `00-${derivedId('trace', digest).replaceAll('-', '')}-1234567890abcdef-01`;
  const attributes = (ms: number, cause?: AnyEvent): Partial<AnyEvent> => ({
    time: at(ms),
    traceparent,
    correlationid: pushId,
    causationid: cause?.id ?? pushId,
  });
  const bySeverity = counts(findings);
  const status = findings.some(({ state }) => state === 'active') ? ('unhealthy' as const) : ('healthy' as const);
  const summary = { status, bySeverity, exempt: findings.filter(({ state }) => state === 'exempt').length };
  const pushed = emitted('image.pushed', { ...placed }, attributes(110));
  const approved = emitted(
    'scan.approved',
    { ...judged, deadline: '2026-11-24T09:30:02.345Z' },
    attributes(120, pushed),
  );
  const started = emitted('scan.started', judged, attributes(130, approved));
  const completed = emitted(
    'scan.completed',
    {
      ...judged,
      packages: blobOf(inventoryBytes(exampleInventory), { area: scanAreas.inventories, compressed: true }),
    },
    attributes(240, approved),
  );
  const finding = emitted(
    'finding.classified',
    { ...judged, ...summary, ...wholeSet(findings), ...classified },
    attributes(250, completed),
  );
  const { page: _, pages: __, findings: ___, ...head } = finding.data as DataOf<'finding.classified'>;
  const recommended = emitted(
    'recommendation.changed',
    { ...judged, ...summary, ...pick(head), since: at(250) },
    attributes(260, finding),
  );
  const charged = emitted(
    'usage.charged',
    { ...judged, chargeId: derivedId('charge', digest) },
    attributes(265, finding),
  );
  const descriptions = new Map(findings.map((each) => [each.vulnerability, described(each)]));
  return [pushed, approved, started, completed, finding, recommended, charged, ...descriptions.values()];
};

/** The events of a scanned push, without the descriptions, which belong to no image. */
export const imageStory = (options?: StoryOptions): AnyEvent[] =>
  wholeStory(options).filter(({ topic }) => topic !== 'vulnerability.described');

const pick = ({
  status,
  reason,
  bySeverity,
  fixable,
  exempt,
  classification,
}: Partial<DataOf<'finding.classified'>>) => ({
  status: status!,
  bySeverity: bySeverity!,
  fixable: fixable!,
  exempt: exempt!,
  classification: classification!,
  ...(reason ? { reason } : {}),
});

/** A declined verdict, on the first push of a digest by default. */
export const declined = (
  reason: string,
  { digest = digestOf(1), verdict = 1, push = 1 }: { digest?: string; verdict?: number; push?: number } = {},
  attributes: Partial<AnyEvent> = {},
): AnyEvent =>
  emitted('scan.declined', { ...pushFields(digest, push), verdict, status: 'not-applicable', reason }, attributes);

/** The facts of an image for a platform. */
export const factsAt = (os: string, architecture: string, changes: Partial<Facts> = {}): Facts => ({
  kind: 'image',
  os,
  architecture,
  layers: 1,
  compressedBytes: 1000,
  encrypted: false,
  foreignLayers: false,
  ...changes,
});

/** The push of an index that lists images, each with the platform that the index claims. */
export const indexAt = (
  n: number,
  images: readonly (readonly [n: number, os: string, architecture: string])[],
): AnyEvent =>
  emitted('image.pushed', {
    ...pushFields(digestOf(n), 1),
    facts: {
      kind: 'index',
      layers: 0,
      compressedBytes: 0,
      encrypted: false,
      foreignLayers: false,
      children: images.map(([child, os, architecture]) => ({
        digest: digestOf(child),
        kind: 'image',
        os,
        architecture,
      })),
    },
  });

/** An image for Windows, by its config. */
export const windowsAt = (n: number): AnyEvent[] => [
  emitted('image.pushed', { ...pushFields(digestOf(n), 1), facts: factsAt('windows', 'amd64') }),
  declined('windows-image', { digest: digestOf(n) }),
];

/** The push of an attestation as buildkit writes it. */
export const attestationAt = (n: number): AnyEvent => {
  const {
    os: _os,
    architecture: _architecture,
    ...facts
  } = factsAt('', '', { kind: 'attestation', cannotRun: 'layer-types' });
  return emitted('image.pushed', { ...pushFields(digestOf(n), 1), facts });
};
