import { typeOf } from '@assay/events';
import { retryUntilAnswered, type EventLog, type LogRecord } from '@assay/messaging';

/** The log was written by a release whose events had another shape. Nothing of it is read, and nothing is removed. */
export class OlderLog extends Error {
  readonly code = 'older-log';
  readonly remedy =
    'begin with new topics and empty stores: set ASSAY_KAFKA_PREFIX to another prefix and ASSAY_REDIS_PREFIX ' +
    'likewise, or start with another data folder; then push the images again, or let a sweep find them';

  constructor({ topic, partition, offset }: LogRecord) {
    super(`${topic}/${partition} at ${offset} has the shape of before the first release, which is not read any more`);
  }
}

/** Records of a partition that are looked at: the first ones may be fences. */
const first = 64;

/**
 * True for a result that a runner of before published: its findings, without the version of their form. Old and new
 * events have the same version number. Any other record that cannot be read is left to its readers, which park it.
 */
const isOlder = ({ headers, value }: LogRecord): boolean => {
  if (headers['ce_type'] !== typeOf('scan.completed', 1) || headers['ce_source'] !== '/assay/sandbox-runner')
    return false;
  try {
    const data = JSON.parse(value) as { findings?: unknown; scanId?: unknown; form?: unknown } | null;
    return Array.isArray(data?.findings) && typeof data.scanId === 'string' && data.form === undefined;
  } catch {
    return false;
  }
};

/** @throws OlderLog */
const refuseOlderIn = async (log: EventLog, partition: number): Promise<void> => {
  const end = Math.min(first, await log.end('scan.completed', partition));
  if (end === 0) return;
  for await (const { records } of log.read('scan.completed', partition, 0, end)) {
    const older = records.find(isOlder);
    if (older) throw new OlderLog(older);
  }
};

const looks = new WeakMap<EventLog, Promise<unknown>>();

/**
 * Looks at the beginning of the scans in the log, once for each log. Waits while the brokers do not answer: the leaders
 * of topics that were created just now may not be known yet.
 * @throws OlderLog
 */
export const refuseOlderLog = async (log: EventLog): Promise<void> => {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const look =
    looks.get(log) ??
    Promise.all(partitions.map((partition) => retryUntilAnswered(() => refuseOlderIn(log, partition))));
  looks.set(log, look);
  await look;
};
