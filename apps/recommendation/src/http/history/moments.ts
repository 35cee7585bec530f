import { Injectable } from '@nestjs/common';
import { ArmError, badRequest, notFound } from '@assay/arm';
import { digestPattern, type ClassifiedFinding, type Database, type Scanner } from '@assay/events';
import { queryOf, type ArmRequest } from '@assay/http';
import type { Moment } from '../../domain/difference.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { findingsOf, standingAt, type PastAnswer, type PastStanding } from './image-history.ts';
import { Images, type ShownImage } from '../images/images.ts';
import { databaseIn } from '@assay/read-model/placement/placement';
import { publishedSets } from '../images/published-sets.ts';
import { View } from '@assay/read-model/view/view';
import type { ShownStatus } from '@assay/read-model/placement/status';
import { Inventories } from '../reports/inventories.ts';
import { Lanes, type ImageReads } from '../lanes.ts';
import { isAt, whereIn, type Where } from '../where.ts';

/** An image, now or at an earlier time. */
export interface NamedMoment {
  /** Name of the query parameter. */
  readonly name: string;
  readonly digest: string;
  /** ms since the epoch; undefined for now. */
  readonly atMs: number | undefined;
}

/** An image at one place and at one moment, with its findings. */
export interface ReadMoment extends Omit<Moment, 'packages'> {
  /** As it is stored; absent if it is not known. */
  readonly inventory?: Uint8Array;
  readonly image: ShownImage;
  readonly atMs: number | undefined;
  readonly status: ShownStatus;
  readonly reason?: string;
  readonly answer: PastAnswer;
  readonly databaseOf: Database;
  readonly scannerOf: Scanner;
  /** Code for which the packages are not known. */
  readonly packagesUnknown?: string;
}

const momentPattern = /^(?<digest>[^@]*)(?:@(?<time>.*))?$/s;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?Z$/;

/**
 * An image that the query names as `digest` or `digest@time`.
 * @throws ArmError 400
 */
export const momentIn = (request: ArmRequest, name: string, now: number): NamedMoment => {
  const { digest = '', time } = momentPattern.exec(queryOf(request, name) ?? '')?.groups ?? {};
  const refuse = (message: string): ArmError => badRequest('InvalidRequestContent', message, { target: name });
  if (!digestPattern.test(digest)) throw refuse(`${name} begins with a digest: sha256: and 64 hex digits.`);
  if (time === undefined) return { name, digest, atMs: undefined };
  const atMs = timePattern.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(atMs)) throw refuse(`Behind @, ${name} has a time of UTC such as 2026-11-24T09:15:00Z.`);
  if (atMs > now) throw refuse(`The time of ${name} is in the future.`);
  return { name, digest, atMs };
};

/** Scans without a result; an absence of findings in them proves nothing. */
const withoutResult = /^(failed|cancelled|timed-out)(\/|$)/;
const isAssessed = ({ classification, reason }: PastAnswer): boolean =>
  classification > 0 && !withoutResult.test(reason ?? '');

/** Reads the findings of images as they are, and as they were. */
@Injectable()
export class Moments {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly inventories: Inventories,
  ) {
    this.#images = new Images(view);
  }

  /**
   * An image at the first of its places where it was assessed by then.
   * @param near prefers the place with this registry and repository
   * @throws ArmError 404 if there is no such image, 409 if its findings were not known then, 410 if they are no longer
   *   kept: an empty list would claim that there were none
   */
  async read(request: ArmRequest, moment: NamedMoment, near?: ShownImage): Promise<ReadMoment> {
    const reads = this.lanes.imageReads(request);
    const where = whereIn(request);
    const found = await reads.read(async (query) => {
      const { image, standing } = await this.#found(query, moment, where, near);
      const isCurrent = image.state.set?.id === standing.answer.id;
      const [current] = isCurrent ? await publishedSets(query, [image]) : [];
      return { image, standing, findings: current?.findings };
    });
    const { image, standing } = found;
    const { answer } = standing;
    const findings = found.findings ?? (await this.#past(reads, moment, image, answer));
    const scannerOf = answer.scanner ?? never('scanner');
    const covered = moment.atMs === undefined ? databaseIn(image.state) : undefined;
    const databaseOf = covered ?? answer.database ?? never('database');
    const { status, reason } = moment.atMs === undefined ? image : standing;
    return {
      image,
      atMs: moment.atMs,
      status,
      ...(reason ? { reason } : {}),
      answer,
      findings,
      databaseOf,
      scannerOf,
      database: databaseOf.digest,
      scanner: scannerOf.digest,
      ...(await this.#inventory(reads, moment.digest, answer.result)),
    };
  }

  async #found(
    query: RunQuery,
    { name, digest, atMs = Infinity }: NamedMoment,
    where: Where,
    near: ShownImage | undefined,
  ): Promise<{ readonly image: ShownImage; readonly standing: PastStanding }> {
    const images = (await this.#images.ofDigest(query, digest, where.prefixes))
      .filter(({ state }) => isAt(state.placement, where))
      .toSorted((a, b) => Number(isSamePlace(b, near)) - Number(isSamePlace(a, near)));
    const [first] = images;
    if (!first) throw notFound('ResourceNotFound', `The image '${digest}' is not known.`, name);
    if (images.every(({ children }) => children))
      throw refused(name, 'IndexNotScanned', 'An index is not scanned itself; its images are.');
    const ms = Math.min(atMs, Number.MAX_SAFE_INTEGER);
    const standings = await standingAt(
      query,
      images.map(({ id }) => id),
      ms,
    );
    const stood = images.flatMap((image) => {
      const standing = standings.get(image.id);
      return standing ? [{ image, standing }] : [];
    });
    const assessed = stood.find(({ standing }) => isAssessed(standing.answer));
    if (assessed) return assessed;
    const [other] = stood;
    if (!other)
      throw refused(
        name,
        'NothingKnownThen',
        'Nothing is known of the image at that time: it was not assessed yet, or the log is no longer kept.',
      );
    const { status, reason } = other.standing;
    throw refused(
      name,
      'ImageNotScanned',
      `The image was not scanned at that time: it was ${status}${reason ? `, ${reason}` : ''}.`,
    );
  }

  async #past(
    reads: ImageReads,
    { name }: NamedMoment,
    image: ShownImage,
    answer: PastAnswer,
  ): Promise<readonly ClassifiedFinding[]> {
    const past = await findingsOf(reads, answer);
    if (past) return past.findings;
    const { classified } = image.state;
    if (classified?.verdict === answer.verdict && classified.classification === answer.classification)
      throw refused(
        name,
        'FindingsUnknown',
        'The findings of the image are not known at the moment: an event on which they rest could not be handled.',
      );
    throw new ArmError(
      410,
      'PastNotKept',
      'The findings of that time are not kept any more: the log has lost an event on which they rest.',
      { target: name },
    );
  }

  async #inventory(
    reads: ImageReads,
    digest: string,
    result: number | undefined,
  ): Promise<Pick<ReadMoment, 'inventory' | 'packagesUnknown'>> {
    try {
      return { inventory: await this.inventories.of({ digest, result }, reads) };
    } catch (error) {
      if (error instanceof ArmError && error.getStatus() === 409) return { packagesUnknown: error.code };
      throw error;
    }
  }
}

const isSamePlace = ({ state: { placement } }: ShownImage, near: ShownImage | undefined): boolean =>
  near !== undefined &&
  placement.registryId.toLowerCase() === near.state.placement.registryId.toLowerCase() &&
  placement.repository === near.state.placement.repository;

const refused = (target: string, code: string, message: string): ArmError =>
  new ArmError(409, code, message, { target });

const never = (what: string): never => {
  throw new Error(`a classification without a ${what}`);
};
