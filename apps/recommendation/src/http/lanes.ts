import type { FileHandle } from 'node:fs/promises';
import { Injectable, StreamableFile } from '@nestjs/common';
import { ArmError, unavailable } from '@assay/arm';
import type { ArmRequest } from '@assay/http';
import type { LogPosition } from '@assay/messaging';
import { connections, type ReaderKind } from '@assay/read-model/store/database';
import { NoCopy, type Copy, type QueryRequest } from '@assay/read-model/store/copies';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { TooManyWaiting, Turns, type TurnOptions } from '@assay/read-model/store/turns';
import type { Writer } from '@assay/read-model/store/writer';
import { View } from '@assay/read-model/view/view';
import { outdated } from './reports/outdated.ts';
import { linesOf } from './exports/lines.ts';
import { LaneLimits } from './lane-limits.ts';
import { readerOf, type RequestReader } from './reader.ts';

/** The headers of a file. */
export interface FileHead {
  readonly type: string;
  readonly disposition?: string;
}

/** The tables and the log, for questions about one image. */
export interface ImageReads extends Pick<View, 'history'> {
  read<T>(work: (query: RunQuery) => Promise<T>): Promise<T>;
}

/** Input of a writer beside the copy, and what the copy must hold at least. */
export interface FileInput<Input> {
  readonly input: Input;
  readonly from?: readonly LogPosition[];
}

/** How often a file is begun again because its image was assessed again meanwhile. */
const mostOutdated = 3;

/**
 * The lanes in which routes read. A route takes the one that fits what it may cost, so that no reading harms another:
 *
 * - *by key*: one image, with connections of its own;
 * - *page*: a bounded list, in the fair line of two connections, each statement of at most a second;
 * - *walk*: what may read whole tables, in the process of queries, one at a time in the fair line of Resource Graph;
 * - *file*: a walk that is written to a file there, which is sent as fast as its client takes it.
 *
 * Each throws ArmError: 429 if too many requests of the caller wait, 503 if the answer takes too long at the moment.
 */
@Injectable()
export class Lanes {
  readonly #byKey = new Turns({ places: connections.byKey });
  readonly #pages = new Turns({ places: connections.pages });
  readonly #files: Turns;
  /** The input of a file may be 40 MiB, so the service holds that of one file at a time. */
  readonly #making = new Turns();

  constructor(
    private readonly view: View,
    readonly limits: LaneLimits,
  ) {
    this.#files = new Turns({ places: limits.files, ofCaller: 1, yieldsAfterMs: limits.yieldsAfterMs });
  }

  byKey<T>(request: ArmRequest, work: (query: RunQuery) => Promise<T>): Promise<T> {
    const reader = readerOf(request);
    return this.#here('byKey', this.#byKey, this.limits.byKeyMs, reader, this.limits.waitingArm, work);
  }

  /** Reads of one image, by key and in the log. */
  imageReads(request: ArmRequest): ImageReads {
    return { history: this.view.history, read: (work) => this.byKey(request, work) };
  }

  page<T>(request: ArmRequest, work: (query: RunQuery) => Promise<T>): Promise<T> {
    const reader = readerOf(request);
    return this.#here('pages', this.#pages, this.limits.pageMs, reader, this.#waiting(reader), work);
  }

  walk<T>(request: ArmRequest, work: (query: RunQuery, copy: Copy) => Promise<T>): Promise<T> {
    return refusing(this.view.queries.read(this.#queryRequest(request, this.limits.walkMs), work));
  }

  /**
   * @param prepare reads what the writer needs beside the copy, when it is the request's turn
   * @throws an error with the code of the writer's error, too
   */
  async file<Input>(
    request: ArmRequest,
    writer: Writer<Input>,
    prepare: () => Promise<FileInput<Input>> | FileInput<Input>,
    head: FileHead,
  ): Promise<StreamableFile> {
    const { caller, closed } = readerOf(request);
    const making = <T>(work: () => Promise<T>): Promise<T> => this.#making.take(caller, work, { closed });
    if (request.method === 'HEAD') {
      // HEAD refuses what GET refuses.
      await refusing(making(async () => prepare()));
      return new StreamableFile(Buffer.of(), head);
    }
    return this.body(request, this.#files, head, async (write, yields) => {
      const file = await making(() => this.#made(request, writer, prepare));
      try {
        if (yields.aborted) throw unavailable('Other callers wait for files: send the request again.', 5);
        for await (const piece of file.createReadStream({ autoClose: false })) await write(piece as Buffer);
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Answers, in the turn of the caller, with a body that is written no faster than the client takes it.
   * @param turns ask the body to break off if others wait
   * @param write as that of `linesOf`
   */
  body(
    request: ArmRequest,
    turns: Turns,
    head: FileHead,
    write: (out: Parameters<Parameters<typeof linesOf>[0]>[0], yields: AbortSignal) => Promise<void>,
  ): Promise<StreamableFile> {
    const { caller, closed } = readerOf(request);
    const answer = Promise.withResolvers<StreamableFile>();
    const sent = turns.take(
      caller,
      async (yields) => {
        const { body, begun, ended } = linesOf((out) => write(out, yields), {
          closed: AbortSignal.any([closed, yields]),
          failed: (error) => this.view.report(error),
        });
        begun.then(() => answer.resolve(new StreamableFile(body, head)), answer.reject);
        await ended;
      },
      { closed, mostWaiting: this.limits.waiting },
    );
    sent.catch(answer.reject);
    return refusing(answer.promise);
  }

  async #made<Input>(
    request: ArmRequest,
    writer: Writer<Input>,
    prepare: () => Promise<FileInput<Input>> | FileInput<Input>,
  ): Promise<FileHandle> {
    for (let left = mostOutdated; ; left -= 1) {
      const { input, from = [] } = await prepare();
      const asked = this.#queryRequest(request, this.limits.fileMs);
      try {
        return await this.view.queries.write({ ...asked, from: [...(asked.from ?? []), ...from] }, writer, input);
      } catch (error) {
        if (left === 0 || (error as { readonly code?: unknown }).code !== outdated) throw error;
      }
    }
  }

  #waiting({ isArm }: RequestReader): number {
    return isArm ? this.limits.waitingArm : this.limits.waiting;
  }

  #queryRequest(request: ArmRequest, limitMs: number): QueryRequest {
    const reader = readerOf(request);
    const { caller, closed, from } = reader;
    return { caller, closed, from, limitMs, mostWaiting: this.#waiting(reader) };
  }

  #here<T>(
    kind: ReaderKind,
    turns: Turns,
    statementMs: number,
    { caller, closed }: RequestReader,
    mostWaiting: number,
    work: (query: RunQuery) => Promise<T>,
  ): Promise<T> {
    const options: TurnOptions = { closed, mostWaiting };
    return refusing(turns.take(caller, () => this.view.read(work, kind, { statementMs }), options));
  }
}

const refusing = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    throw refusalOf(error);
  }
};

/** The answer to a request that its lane does not serve. */
const refusalOf = (error: unknown): unknown => {
  if (error instanceof TooManyWaiting)
    return new ArmError(429, 'TooManyRequests', `${error.message}: send fewer at once.`, {
      headers: { 'retry-after': '1' },
    });
  if (error instanceof NoCopy) return unavailable('This cannot be read at the moment.', 5);
  if (!(error instanceof Error)) return error;
  if (error.name === 'AbortError') return unavailable('The client has gone.');
  if (error.message.startsWith('INTERRUPT Error'))
    return unavailable('The answer takes too long at the moment: narrow it down, or try again later.', 5);
  if (error.message.startsWith('Out of Memory Error'))
    return unavailable('The answer takes more memory than it may: narrow it down, or try again later.', 30);
  return error;
};
