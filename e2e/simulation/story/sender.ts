import type { Intake } from '@assay/ingestion/http/intake';
import type { HostNotice } from '@assay/ingestion/http/notification';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** An instance that accepts notifications at present. */
export interface Edge {
  readonly process: Process;
  readonly intake: Intake;
}

const answerWithinMs = 10_000;
const mostTries = 6;

/** A registry's webhook: it sends a notification again until it is accepted, and at last gives up. */
export class SimulatedSender {
  /** Notifications in progress. */
  waiting = 0;

  constructor(
    private readonly world: World,
    private readonly edges: () => readonly Edge[],
  ) {}

  send(notice: HostNotice, tries = 1): void {
    const { timeline, random } = this.world;
    this.waiting += 1;
    let isOver = false;
    const over = (taken: boolean): void => {
      if (isOver) return;
      isOver = true;
      this.waiting -= 1;
      if (taken) return;
      if (tries >= mostTries) {
        this.world.tally.count('notification given up');
        return;
      }
      this.waiting += 1;
      timeline.after(200 * 2 ** tries * random.between(0.5, 1), () => {
        this.waiting -= 1;
        this.send(notice, tries + 1);
      });
    };
    timeline.after(this.world.latency(), () => {
      const edge = random.pick(this.edges());
      if (!edge) return over(false);
      edge.process.atEnd(() => over(false));
      timeline.after(answerWithinMs, () => over(false));
      this.world.note(edge.process.name, `POST ${notice.action}`, notice.digest?.slice(0, 15));
      edge.intake
        .take([{ notice }], new Set([notice.host]), new Date(edge.process.now()).toISOString(), '/ingest', undefined)
        .then(
          () => over(true),
          () => over(false),
        );
    });
  }
}
