import { rm } from 'node:fs/promises';
import { ArrivingBlob } from './blob.ts';
import type { LeastSpeed } from '../access/bodies.ts';
import type { Descriptor } from './descriptor.ts';
import { RegistryError } from '../error.ts';
import { defaultRetry } from '../access/retry.ts';
import type { Question, RegistryResponse } from '../access/transport.ts';

/** An attempt that brings this much is no failed attempt: a large blob may need many connections. */
const gainBytes = 8 * 1024 ** 2;

/** Sends one request of a registry, and repeats it if the connection breaks. */
export type Ask = <Result>(
  question: Question | (() => Question),
  signal: AbortSignal,
  read: (answer: RegistryResponse) => Promise<Result>,
  hasGained?: () => boolean,
) => Promise<Result>;

/** The request for a blob. */
export const blobQuestion = (repository: string, { digest }: Descriptor): Question => ({
  path: `/v2/${repository}/blobs/${digest}`,
  scope: `repository:${repository}:pull`,
});

export interface BlobDownload {
  readonly ask: Ask;
  readonly repository: string;
  readonly blob: Descriptor;
  /** A new file. After a failure it is gone. */
  readonly path: string;
  readonly least: LeastSpeed;
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Downloads a blob, and resumes a cut download. Gives up after three cuts in a row with little progress.
 *
 * @returns the sha256 digest of the file
 * @throws RegistryError if the bytes are not those declared, or do not come
 */
export const downloadBlob = async ({
  ask,
  repository,
  blob,
  path,
  least,
  signal,
  onBytes = () => undefined,
}: BlobDownload): Promise<string> => {
  const question = blobQuestion(repository, blob);
  const arriving = new ArrivingBlob(blob, path, least);
  let known = 0;
  const hasGained = (): boolean => {
    const gained = arriving.written - known >= gainBytes;
    known = arriving.written;
    return gained;
  };
  try {
    const digest = await ask(
      () => ({ ...question, headers: arriving.headers }),
      signal,
      (answer) => arriving.take(answer, onBytes),
      hasGained,
    );
    await arriving.close();
    return digest;
  } catch (error) {
    await arriving.close();
    await rm(path, { force: true });
    if (error instanceof RegistryError && error.code === 'unreachable' && arriving.cuts >= defaultRetry.attempts)
      throw new RegistryError('unreachable', `the connection was cut ${arriving.cuts} times`, {
        cause: error,
        patience: 'later',
      });
    throw error;
  }
};
