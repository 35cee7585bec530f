import { createHash } from 'node:crypto';
import { typeOf, type Topic } from '@assay/events';
import { partitionOf, type EventLog } from '@assay/messaging';
import type { Random } from '../../simulation/world/random.ts';

const topics = [
  'notification.received',
  'image.pushed',
  'scan.approved',
  'scan.completed',
  'finding.classified',
] as const satisfies readonly Topic[];

/** The defects of a record. */
const ills = {
  'not JSON': (topic: Topic) => ({ type: typeOf(topic, 1), value: 'this is { not JSON' }),
  'of an unknown type': () => ({ type: typeOf('image.admired', 1), value: '{}' }),
  'of an unknown version': (topic: Topic) => ({ type: typeOf(topic, 0), value: '{}' }),
};

export type Ill = keyof typeof ills;

/** Puts unreadable records into the log. */
export class Poisoner {
  readonly #log: EventLog;
  readonly #random: Random;
  readonly ids = new Set<string>();

  constructor(log: EventLog, random: Random) {
    [this.#log, this.#random] = [log, random];
  }

  /** @param digests of images that were pushed: a poisoned image is halted until the record is dropped */
  async poison(ill: Ill, digests: readonly string[]): Promise<void> {
    const [topic, number] = [this.#random.pick(topics), this.ids.size];
    const key =
      this.#random.chance(0.5) && digests.length > 0
        ? this.#random.pick(digests)
        : `sha256:${createHash('sha256').update(`poison ${number}`).digest('hex')}`;
    const { type, value } = ills[ill](topic);
    const id = `poison-${number}`;
    this.ids.add(id);
    const headers = {
      ce_id: id,
      ce_type: type,
      ce_source: '/assay/torment',
      ce_specversion: '1.0',
      ce_subject: key,
      ce_time: new Date().toISOString(),
      ce_correlationid: id,
    };
    await this.#log.append([{ topic, partition: partitionOf(key, this.#log.partitions), key, headers, value }]);
  }
}
