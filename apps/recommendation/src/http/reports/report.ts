import { Injectable } from '@nestjs/common';
import { at, type PackageInventory } from '@assay/events';
import { ArmError } from '@assay/arm';
import { Images, type ShownImage } from '../images/images.ts';
import { isScanned, newestFirst, reportOf, type FindingsReport, type ScannedPlace } from './findings-report.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { View } from '@assay/read-model/view/view';
import { cycloneDx } from './cyclonedx.response.ts';
import { unknownImage } from '../digest.ts';
import type { Format } from './formats.ts';
import { Inventories } from './inventories.ts';
import { sarif } from './sarif.response.ts';
import { spdx } from './spdx.response.ts';
import { isAt, type Where } from '../where.ts';

export type ReportFormat = Exclude<Format, 'json'>;

/**
 * Findings of an image in export formats. An empty report would claim that there are no findings, so none is made for
 * an image that was not scanned.
 */
@Injectable()
export class Reports {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly inventories: Inventories,
  ) {
    this.#images = new Images(view);
  }

  /** @throws ArmError 404 if there is no such image, 409 if an empty report would claim more than is known */
  async in(format: ReportFormat, digest: string, where: Where): Promise<object> {
    const report = await this.#report(digest, where);
    if (format === 'sarif') return sarif(report);
    const { packages } = await this.inventories.of(at(report.places, 0));
    return format === 'spdx' ? spdx(report, packages) : cycloneDx(report, packages);
  }

  /**
   * The packages of an image in canonical form.
   * @throws ArmError as `in`, 409 if they are lost, 503 if they cannot be read at the moment
   */
  async inventory(digest: string, where: Where): Promise<PackageInventory> {
    const scanned = await this.view.read((query) => this.#scanned(query, digest, where));
    return this.inventories.of(at(newestFirst(scanned), 0));
  }

  #report(digest: string, where: Where): Promise<FindingsReport> {
    return this.view.read(async (query) =>
      reportOf(query, digest, await this.#scanned(query, digest, where), this.view.staleBefore()),
    );
  }

  async #scanned(query: RunQuery, digest: string, where: Where): Promise<readonly ScannedPlace[]> {
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
