import type { ClusterReports } from '@assay/ingestion/running/reports';
import type { SimulatedImage } from '../outside/images.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** An instance of ingestion that takes reports at present. */
export interface ReportEdge {
  readonly process: Process;
  readonly reports: ClusterReports;
}

/** A report that was acknowledged, with virtual times in ms since the epoch. */
interface Acknowledged {
  readonly cluster: string;
  readonly images: readonly SimulatedImage[];
  readonly sentAt: number;
  readonly at: number;
}

const answerWithinMs = 10_000;
const againMs = 2000;
const dayMs = 24 * 60 * 60_000;
/** Reports after all is well: the first may meet one of before in another process, so that the second has the truth. */
const lastReports = 2;

/** Clusters that run images, and report these. */
export class Pods {
  /** Reports in progress, or to be made. */
  unfinished = 0;
  isReportAhead = true;
  readonly #acknowledged: Acknowledged[] = [];
  readonly #running: ReadonlyMap<string, Map<string, SimulatedImage>>;

  constructor(
    private readonly world: World,
    private readonly edges: () => readonly ReportEdge[],
    /** Images that were pushed. */
    private readonly images: () => readonly SimulatedImage[],
  ) {
    this.#running = new Map(['prod', 'test'].slice(0, world.random.whole(1, 2)).map((name) => [name, new Map()]));
  }

  /** Pods start and end, and clusters report at times, within so many milliseconds. */
  unfold(withinMs: number): void {
    const { random, timeline } = this.world;
    for (const cluster of this.#running.keys())
      for (let times = random.whole(1, 4); times > 0; times -= 1)
        timeline.after(random.between(0, withinMs), () => {
          this.#change(cluster);
          this.#report(cluster, 1);
        });
  }

  /** Once the manifests of all images are known, each cluster reports. */
  reportAll(): void {
    this.isReportAhead = false;
    for (const cluster of this.#running.keys()) this.#report(cluster, lastReports);
  }

  /** A day is over: pods come and go, and most clusters report. */
  passDay(): void {
    for (const cluster of this.#running.keys()) {
      if (this.world.random.chance(0.2)) this.#change(cluster);
      if (this.world.random.chance(0.9)) this.#report(cluster, 1);
    }
  }

  /**
   * True if a cluster had the image in a report that was acknowledged by then, and in none a day later or more had it
   * not.
   * @param isRead whether the manifest of an index was read by a time: only then is known what runs with it
   */
  runs(digest: string, time: number, isRead: IsRead): boolean {
    return [...this.#running.keys()].some((cluster) => {
      const reports = this.#acknowledged.filter((report) => report.cluster === cluster && report.at <= time);
      const last = reports.findLast((report) => hasIn(report, digest, isRead));
      return last !== undefined && !reports.some(({ sentAt }) => sentAt >= last.sentAt + dayMs - answerWithinMs);
    });
  }

  /** When the last report with an image was sent that was acknowledged by then; 0 without any. */
  seenAt(digest: string, time: number, isRead: IsRead): number {
    return this.#acknowledged.findLast((report) => report.at <= time && hasIn(report, digest, isRead))?.sentAt ?? 0;
  }

  #change(cluster: string): void {
    const { random } = this.world;
    const running = this.#running.get(cluster)!;
    const image = random.pick(random.chance(0.4) ? [...running.values()] : this.images());
    if (!image) return;
    if (!running.delete(image.digest)) running.set(image.digest, image);
    this.world.note('world', `${cluster} ${running.has(image.digest) ? 'starts' : 'ends'}`, image.digest.slice(0, 15));
  }

  /** Reports until so many reports were acknowledged. */
  #report(cluster: string, times: number): void {
    const { random, timeline, now } = this.world;
    this.unfinished += 1;
    const running = [...this.#running.get(cluster)!.values()];
    let isOver = false;
    const over = (isTaken: boolean): void => {
      if (isOver) return;
      isOver = true;
      this.unfinished -= 1;
      if (isTaken) this.#acknowledged.push({ cluster, images: running, sentAt: now, at: this.world.now });
      const left = times - Number(isTaken);
      if (left === 0) return;
      this.unfinished += 1;
      timeline.after(random.between(0.5, 1) * againMs, () => {
        this.unfinished -= 1;
        this.#report(cluster, left);
      });
    };
    timeline.after(this.world.latency(), () => {
      const edge = random.pick(this.edges());
      if (!edge) return over(false);
      edge.process.atEnd(() => over(false));
      timeline.after(answerWithinMs, () => over(false));
      this.world.note(edge.process.name, 'POST running', `${cluster}: ${running.length} images`);
      const images = running.map(({ digest }) => ({ digest, namespace: 'default' }));
      edge.reports.take({ cluster, images, by: 'reporter' }).then(
        () => over(true),
        () => over(false),
      );
    });
  }
}

type IsRead = (index: string, time: number) => boolean;

const hasIn = ({ images, sentAt }: Acknowledged, digest: string, isRead: IsRead): boolean =>
  images.some(
    (image) =>
      image.digest === digest ||
      (image.children?.some((child) => child.digest === digest) && isRead(image.digest, sentAt)),
  );
