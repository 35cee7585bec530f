import { markAfter, type PartitionMark } from '@assay/event-sourcing';
import {
  decode,
  digestPattern,
  isConfigEvent,
  isOf,
  type AnyEvent,
  type AssayEvent,
  type Topic,
  type VulnerabilityDescribed,
} from '@assay/events';
import type { LogRecord } from '@assay/messaging';
import { ConfigChanges } from './config.ts';
import type { Cell } from '../store/duckdb.ts';
import { imageIdOf } from './image-row.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import type { HaltedPartitions } from './halted.ts';
import type { Received } from './marks.ts';
import type { UnfinishedPages } from './pages.ts';
import type { ParkedEvents } from './parked.ts';
import { changeCells, classificationCells, declineCells, pushCells, tagMoveCells, type PlacedEvent } from './past.ts';
import type { PlacementEvent } from '../placement/placement.ts';
import { SightingChanges } from './sightings.ts';
import { setPageOf, type PublishedSet } from '../placement/sets.ts';
import { summaryOf } from './timeline.ts';

/**
 * Stands for the digest of an event that is about no single image. The timelines of the images it changed include it.
 */
export const ofNoImage = '';

/** Changes of many images. The timeline of an image shows those that caused one of its events. */
const changesImages: readonly Topic[] = ['rule.changed', 'plan.changed', 'registry.observed'];

/** The rows that one transaction writes, collected from many events. */
export class WriteBatch {
  readonly config: ConfigChanges;
  /** Events to fold, by placement. */
  readonly events = new Map<string, PlacementEvent[]>();
  /** Complete classifications, by placement in the order of arrival. */
  readonly published = new Map<string, PublishedSet[]>();
  /** Placements of which an earlier classification was read after later ones: their sets are read from the log. */
  readonly readAgain = new Set<string>();
  readonly descriptions: VulnerabilityDescribed[] = [];
  readonly timeline: Cell[][] = [];
  readonly changes: Cell[][] = [];
  readonly pushes: Cell[][] = [];
  readonly answers: Cell[][] = [];
  readonly tagMoves: Cell[][] = [];
  readonly sightings = new SightingChanges();
  readonly charges = new Map<string, readonly Cell[]>();
  /** Digests of the images that the events are about. */
  readonly digests = new Set<string>();
  /** Partitions with a new mark. */
  readonly marked = new Set<number>();

  /** @param marks the latest mark of each partition; changed by the batch */
  constructor(
    readonly pages: UnfinishedPages,
    readonly marks: Map<number, PartitionMark>,
    parked: Pick<ParkedEvents, 'get' | 'unread'>,
    halted: Pick<HaltedPartitions, 'get'>,
  ) {
    this.config = new ConfigChanges(parked, halted);
  }

  take(received: Received): void {
    if (received.kind === 'invalid') {
      this.digests.add(received.record.key);
      return this.config.parked.setAside(received.record, received.why);
    }
    if (received.kind === 'mark') return this.#mark(received);
    const { event, partition, offset } = received;
    if (isConfigEvent(event)) {
      if (event.topic === 'vulnerability.described') this.descriptions.push(event.data);
      else this.config.take(event);
      const digest = parkedDigest(event);
      if (digest) this.#recordImage(event, digest, undefined, partition, offset);
      if (changesImages.includes(event.topic) || isSweepOrder(event))
        this.#record(event, ofNoImage, undefined, partition, offset);
      return;
    }
    if (event.topic === 'notification.received') return;
    if (event.topic === 'tag.moved') {
      this.tagMoves.push(tagMoveCells(event));
      return;
    }
    // A reassessment holds for every placement of the image; a classification of each one follows.
    if (event.topic === 'scan.reassessed')
      return this.#recordImage(event, event.data.digest, undefined, partition, offset);
    if (event.topic === 'image.running') {
      const { digest, state, since, seenAt } = event.data;
      this.digests.add(digest);
      this.sightings.take(event.data);
      // The same again, week by week, is no news.
      if (state === 'gone' || since === seenAt) this.#record(event, digest, undefined, partition, offset);
      return;
    }
    const image = imageIdOf(event.data);
    this.#recordImage(event, event.data.digest, image, partition, offset);
    this.#fold({ image, partition, offset, event });
  }

  /** A mark among the scans precedes what it vouches for here: only that among the classifications counts. */
  #mark({ mark, topic, partition }: Extract<Received, { kind: 'mark' }>): void {
    if (topic !== 'finding.classified') return;
    this.marks.set(partition, markAfter(this.marks.get(partition), mark));
    this.marked.add(partition);
  }

  #fold(placed: PlacedEvent<PlacementEvent>): void {
    const { image, event } = placed;
    if (event.topic === 'usage.charged') this.#charge(event);
    if (event.topic === 'recommendation.changed') this.changes.push(changeCells({ ...placed, event }));
    if (event.topic === 'image.pushed') this.pushes.push(pushCells({ ...placed, event }));
    if (event.topic === 'scan.declined') this.answers.push(declineCells({ ...placed, event }));
    // A paged event counts at its last page; until then the set is incomplete.
    if (event.topic === 'scan.completed' && event.data.page !== event.data.pages) return;
    if (event.topic === 'finding.classified') {
      const published = this.pages.add(image, setPageOf(event));
      if (!published) return;
      this.answers.push(classificationCells({ ...placed, event }, published));
      this.published.set(image, [...(this.published.get(image) ?? []), published]);
    }
    const events = this.events.get(image);
    if (events) events.push(event);
    else this.events.set(image, [event]);
  }

  #recordImage(event: AssayEvent, digest: string, image: string | undefined, partition: number, offset: number): void {
    this.digests.add(digest);
    this.#record(event, digest, image, partition, offset);
  }

  #record(event: AssayEvent, digest: string, image: string | undefined, partition: number, offset: number): void {
    const { pages } = event.data as { pages?: number };
    this.timeline.push([
      digest,
      image,
      event.topic,
      event.id,
      event.causationid,
      event.correlationid,
      event.time,
      summaryOf(event),
      pages,
      event.traceparent?.split('-')[1],
      partition,
      offset,
    ]);
  }

  #charge({ id, time, data }: AssayEvent<'usage.charged'>): void {
    this.charges.set(data.chargeId, [
      data.chargeId,
      data.subscriptionId.toLowerCase(),
      registryKeyOf(data.registryId),
      data.repository,
      data.digest,
      data.scanId,
      data.amount,
      data.currency,
      data.priceRule,
      data.chargedFor,
      data.correctionOf,
      id,
      time,
    ]);
  }

  /** Rereads parked events that were redriven. A record that the log no longer has counts as read. */
  async takeAgain(recordAt: (target: string) => Promise<LogRecord | undefined>): Promise<void> {
    const { parked } = this.config;
    for (const [target, by] of parked.again) {
      const record = await recordAt(target);
      const decoded = record && decode(record.topic, record);
      if (decoded?.kind === 'event' && isOf(decoded.event, 'finding.classified'))
        this.readAgain.add(imageIdOf(decoded.event.data));
      if (record && decoded?.kind === 'event')
        this.take({ kind: 'event', event: decoded.event, partition: record.partition, offset: record.offset });
      parked.readAgain(
        target,
        by,
        decoded?.kind === 'invalid'
          ? `${decoded.code}: ${decoded.message}`
          : decoded?.kind === 'newer'
            ? `newer-version: ${decoded.message}`
            : undefined,
      );
    }
  }
}

/** True if an operator ordered that the deletions found by a sweep are accepted. */
const isSweepOrder = (event: AnyEvent): boolean =>
  isOf(event, 'operator.acted') && event.data.command === 'sweep' && event.data.outcome === 'ordered';

const parkedDigest = (event: AnyEvent): string | undefined => {
  if (!isOf(event, 'operator.acted')) return undefined;
  const { key } = (event.data.details ?? {}) as { key?: unknown };
  return typeof key === 'string' && digestPattern.test(key) ? key : undefined;
};
