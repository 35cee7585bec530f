import { BlobFailure, type BlobPointer, type BlobStore } from '@assay/event-sourcing';
import { mostNamespaces, type AnyEvent, type ImageRunning } from '@assay/events';
import { InTurn } from '@assay/http';
import { recordOf, type EventLog } from '@assay/messaging';
import { eventOf } from '../registry/announce.ts';

/** A digest in a report, with one of the namespaces where it runs. */
export interface ReportedImage {
  readonly digest: string;
  readonly namespace?: string;
}

export interface ClusterReport {
  readonly cluster: string;
  readonly images: readonly ReportedImage[];
  /** The caller. */
  readonly by: string;
}

/** Numbers of digests of a report. */
export interface ReportCounts {
  readonly digests: number;
  readonly firstSeen: number;
  readonly gone: number;
  /** Published again: with other namespaces, or a week after the last time. */
  readonly again: number;
}

/** The last that was published of a digest in a cluster. Times are ms since the epoch. */
interface Known {
  readonly namespaces?: readonly string[];
  readonly since: number;
  readonly lastEventAt: number;
  readonly lastSeenAt: number;
  /** Digests below an index, empty for an image. Absent as long as the manifest was not read. */
  readonly children?: readonly string[] | undefined;
}
type KnownByDigest = Readonly<Record<string, Known>>;

export interface ReportsPorts {
  readonly log: Pick<EventLog, 'append' | 'partitions'>;
  readonly blobs: Pick<BlobStore, 'put' | 'get' | 'delete' | 'pointer' | 'point'>;
  /** The digests below each of these digests, as far as their manifests were read. */
  readonly childrenOf?: (digests: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** ms since the epoch */
  readonly now?: () => number;
}

const dayMs = 24 * 3_600_000;
/** Absent from the reports for so long, a digest is gone, ms. */
const goneAfterMs = dayMs;
const againAfterMs = 7 * dayMs;
/** So many events are appended at once: fewer bytes than any broker refuses. */
const eventsAtOnce = 1_000;

/** The area of the blob store with the last report of each cluster. */
const area = 'running';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Another process took a report of the cluster at the same time. */
class ReportsMet extends Error {}

/**
 * Compares reports of clusters with the ones before, and publishes the differences. The last report of a cluster is a
 * blob. It is written after the events, so a crash in between repeats events, and a lost one announces all again. What
 * is gone is marked before, so that it is published again if it comes back after a crash. What is below an index runs
 * with it: nodes mostly name the index.
 */
export class ClusterReports {
  readonly #inTurn = new InTurn();

  constructor(private readonly ports: ReportsPorts) {}

  /**
   * Takes a report. It is durable once this returns.
   * @throws BlobFailure if the blob store does not answer, and what the log and the store throw
   */
  take(report: ClusterReport): Promise<ReportCounts> {
    return this.#inTurn.do(report.cluster, () => this.#take(report));
  }

  async #take({ cluster, images, by }: ClusterReport): Promise<ReportCounts> {
    const { blobs, now = Date.now } = this.ports;
    const name = `${area}-${cluster}`;
    const first = await blobs.pointer(name);
    const known = first ? await this.#known(first.value) : {};
    const at = now();
    const next: Record<string, Known> = {};
    const events: AnyEvent[] = [];
    const counts = { firstSeen: 0, gone: 0, again: 0 };
    const publish = (digest: string, state: ImageRunning['state'], { namespaces, since }: Known): void => {
      const data: ImageRunning = {
        digest,
        cluster,
        ...(namespaces && state === 'running' ? { namespaces: [...namespaces] } : {}),
        state,
        since: iso(since),
        seenAt: iso(at),
      };
      events.push(eventOf('image.running', digest, data));
    };
    const named = namespacesByDigest(images);
    const unread = [...named.keys()].filter((digest) => known[digest]?.children === undefined);
    const read = await this.ports.childrenOf?.(unread);
    const childrenOf = (digest: string): readonly string[] | undefined => known[digest]?.children ?? read?.get(digest);
    const below = images.flatMap(({ digest, ...place }) =>
      (childrenOf(digest) ?? []).map((child) => ({ ...place, digest: child })),
    );
    const reported = below.length > 0 ? namespacesByDigest([...images, ...below]) : named;
    for (const [digest, namespaces] of reported) {
      const last = known[digest];
      const isSame = last && String(last.namespaces) === String(namespaces) && at - last.lastEventAt < againAfterMs;
      const own = {
        ...(namespaces ? { namespaces } : {}),
        since: last?.since ?? at,
        lastEventAt: isSame ? last.lastEventAt : at,
        lastSeenAt: at,
        children: childrenOf(digest),
      };
      next[digest] = own;
      if (isSame) continue;
      counts[last ? 'again' : 'firstSeen'] += 1;
      publish(digest, 'running', own);
    }
    for (const [digest, last] of Object.entries(known)) {
      if (reported.has(digest)) continue;
      if (at - last.lastSeenAt < goneAfterMs) next[digest] = last;
      else {
        counts.gone += 1;
        publish(digest, 'gone', last);
      }
    }
    events.push(eventOf('cluster.reported', cluster, { cluster, reportedAt: iso(at), digests: named.size, by }));
    const keep = async (all: KnownByDigest, before = first): Promise<BlobPointer> => {
      const { dataref } = await blobs.put(Buffer.from(JSON.stringify(all)), { area, compressed: true });
      const pointed = await blobs.point(name, dataref, before?.version);
      const left = pointed ? before?.value : dataref;
      if (left !== undefined && left !== pointed?.value) await blobs.delete(left).catch(() => undefined);
      if (!pointed) throw new ReportsMet();
      return pointed;
    };
    const gone = Object.entries(known).flatMap(([digest, last]) =>
      digest in next ? [] : [[digest, { ...last, lastEventAt: 0 }] as const],
    );
    const before = gone.length > 0 ? await keep({ ...known, ...Object.fromEntries(gone) }) : first;
    await this.#append(events);
    // If another process took a report meanwhile, its blob counts: the next report publishes what differs.
    await keep(next, before).catch((error: unknown) => {
      if (!(error instanceof ReportsMet)) throw error;
    });
    return { digests: named.size, ...counts };
  }

  /** The last report; empty if its blob is lost. */
  async #known(dataref: string): Promise<KnownByDigest> {
    try {
      return JSON.parse((await this.ports.blobs.get(dataref)).toString()) as KnownByDigest;
    } catch (error) {
      if (error instanceof BlobFailure && (error.code === 'blob-unknown' || error.code === 'blob-damaged')) return {};
      throw error;
    }
  }

  async #append(events: readonly AnyEvent[]): Promise<void> {
    const { log } = this.ports;
    for (let from = 0; from < events.length; from += eventsAtOnce)
      await log.append(events.slice(from, from + eventsAtOnce).map((event) => recordOf(event, log.partitions)));
  }
}

/** The namespaces of each digest, sorted; undefined where none is known. */
const namespacesByDigest = (images: readonly ReportedImage[]): ReadonlyMap<string, readonly string[] | undefined> =>
  new Map(
    [...Map.groupBy(images, ({ digest }) => digest)].map(([digest, all]) => {
      const names = [...new Set(all.flatMap(({ namespace }) => namespace ?? []))].toSorted();
      return [digest, names.length > 0 ? names.slice(0, mostNamespaces) : undefined];
    }),
  );
