import { Injectable, type StreamableFile } from '@nestjs/common';
import { at } from '@assay/events';
import { ArmError } from '@assay/arm';
import type { ArmRequest } from '@assay/http';
import { Images, type ShownImage } from '../images/images.ts';
import { isScanned, newestFirst, type ScannedPlace } from './findings-report.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { View } from '@assay/read-model/view/view';
import { documentFile, inventoryFile, type ReportFormat } from './document.ts';
import { unknownImage } from '../digest.ts';
import { typeOf } from './formats.ts';
import { Inventories } from './inventories.ts';
import { Lanes, type FileInput } from '../lanes.ts';
import { classifiedUpTo } from './results.ts';
import { isAt, whereIn, type Where } from '../where.ts';

/**
 * Findings of an image in export formats. An empty report would claim that there are no findings, so none is made for
 * an image that was not scanned.
 */
@Injectable()
export class Reports {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly inventories: Inventories,
  ) {
    this.#images = new Images(view);
  }

  /** @throws ArmError 404 if there is no such image, 409 if an empty report would claim more than is known */
  in(format: ReportFormat, request: ArmRequest, digest: string): Promise<StreamableFile> {
    const prepare = async (): Promise<FileInput<Parameters<(typeof documentFile)['write']>[1]>> => {
      const { places, from } = await this.#scanned(request, digest);
      const inventory = format === 'sarif' ? undefined : await this.#inventory(request, at(places, 0));
      const staleBefore = this.view.staleBefore();
      return { input: { format, digest, places, staleBefore, ...(inventory ? { inventory } : {}) }, from };
    };
    return this.inventories.refusing(digest, this.lanes.file(request, documentFile, prepare, { type: typeOf(format) }));
  }

  /**
   * The packages of an image in canonical form.
   * @throws ArmError as `in`, 409 if they are lost, 503 if they cannot be read at the moment
   */
  inventory(request: ArmRequest, digest: string): Promise<StreamableFile> {
    const prepare = async (): Promise<FileInput<Uint8Array>> => {
      const { places } = await this.#scanned(request, digest);
      return { input: await this.#inventory(request, at(places, 0)) };
    };
    return this.inventories.refusing(
      digest,
      this.lanes.file(request, inventoryFile, prepare, { type: typeOf('json') }),
    );
  }

  #inventory(request: ArmRequest, { state: { placement, classified } }: ScannedPlace): Promise<Uint8Array> {
    return this.inventories.of({ digest: placement.digest, result: classified.result }, this.lanes.imageReads(request));
  }

  /** The places where the image was scanned, the newest scan first, and what must be read to know them. */
  async #scanned(
    request: ArmRequest,
    digest: string,
  ): Promise<{ readonly places: readonly ScannedPlace[]; readonly from: Awaited<ReturnType<typeof classifiedUpTo>> }> {
    const where = whereIn(request);
    return this.lanes.byKey(request, async (query) => ({
      places: newestFirst(await this.#placesAt(query, digest, where)),
      from: await classifiedUpTo(query, digest),
    }));
  }

  async #placesAt(query: RunQuery, digest: string, where: Where): Promise<readonly ScannedPlace[]> {
    const images = (await this.#images.ofDigest(query, digest, where.prefixes)).filter(({ state }) =>
      isAt(state.placement, where),
    );
    const [first] = images;
    if (!first) throw unknownImage(digest);
    const scanned = images.filter(isScanned);
    if (scanned.length === 0) throw notScanned(first);
    return scanned;
  }
}

/** The error for an image without a scan: an empty list would claim that it has no findings. */
export const notScanned = ({ status, reason, children }: ShownImage): ArmError =>
  children
    ? new ArmError(
        409,
        'IndexNotScanned',
        'An index is not scanned itself; its images are: ' +
          `${children
            .filter(({ leftOut }) => leftOut === undefined)
            .map(({ digest }) => digest)
            .join(', ')}.`,
      )
    : new ArmError(409, 'ImageNotScanned', `The image was not scanned: it is ${status}${reason ? `, ${reason}` : ''}.`);
