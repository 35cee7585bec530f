import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FolderBlobs, openBlobs, type BlobStore } from '@assay/event-sourcing';
import { declaredPlaces, sealsIn } from '@assay/ingestion/sealing/outside';
import { DataInUse, kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { verify, type Verified, type VerifyOptions } from '@assay/seals';
import { declaredPartitions, SettingError } from '@assay/settings';
import { namedServers } from '../settings.ts';
import type { SurroundingOptions } from '../suite/suite.ts';
import { openLog } from '../suite/log.ts';
import { trustedBy, type KeyPlaces } from './trusted.ts';

export interface Verification
  extends Pick<SurroundingOptions, 'home' | 'failed'>, KeyPlaces, Pick<VerifyOptions, 'since' | 'month'> {
  /** Place where billing keeps the files of closed months, as ASSAY_BLOBS names one. */
  readonly months?: string | undefined;
  /** File with the seals of an outside place. */
  readonly seals?: string | undefined;
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

export interface Verdict extends Verified {
  /** The key that was trusted: a file, or none. */
  readonly trusted?: string;
  /** The file with the seals of the outside place, if there was one. */
  readonly outside?: string;
}

/** True if the log is that of Kafka. */
export const isOnKafka = (env: Verification['env'], data: Verification['data']): boolean =>
  !data.isGiven && namedServers.read(env).kafka;

/**
 * Compares a log with its seals: that of a data folder, on which no suite runs, or that of Kafka.
 * @throws DataInUse, SettingError, KafkaFailure
 */
export const verified = async (verification: Verification): Promise<Verdict> => {
  const { data, home, env, failed, since, month, progress } = verification;
  const trusted = trustedBy(verification);
  const outside = verification.seals ?? declaredPlaces.read(env).file;
  if (outside && !existsSync(outside)) throw new SettingError(`there is no file with seals at ${outside}`);
  const given = outside === undefined ? undefined : await sealsIn(outside);
  const isKafka = isOnKafka(env, data);
  const wal = `${data.log}-wal`;
  const wasLeft = existsSync(wal);
  const log: EventLog = isKafka
    ? await openKafkaLog(kafkaSettings(env), {
        partitions: declaredPartitions.read(env),
        clientId: 'assay-verify',
        report: (operation, failure) => failed('verify', operation, failure),
      })
    : openLog(data, env, { readOnly: true });
  try {
    const blobs: BlobStore = isKafka ? openBlobs(env, join(home, 'blobs')) : new FolderBlobs(data.blobs);
    // With Kafka, billing keeps its files where nothing else writes.
    const place = verification.months;
    const billing =
      place === undefined ? (isKafka ? undefined : blobs) : openBlobs({ ...env, ASSAY_BLOBS: place }, home);
    const found = await verify(
      {
        log,
        file: (dataref) => blobs.get(dataref),
        ...(billing ? { month: (dataref) => billing.get(dataref) } : {}),
        ...(progress ? { progress } : {}),
      },
      { since, month, trusted: trusted?.key, outside: given?.seals, isWhole: given !== undefined },
    );
    // A suite that began meanwhile has written under the reader.
    if (!isKafka && !wasLeft && existsSync(wal)) throw new DataInUse(data.log);
    const unreadable = (given?.unreadable ?? []).map((line) => `line ${line} of ${outside} is no seal`);
    return {
      ...found,
      warnings: [...found.warnings, ...unreadable],
      ...(trusted ? { trusted: trusted.file } : {}),
      ...(outside ? { outside } : {}),
    };
  } finally {
    await log.close();
  }
};
