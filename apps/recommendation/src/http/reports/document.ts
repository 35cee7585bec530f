import { inventoryIn, type Package } from '@assay/events';
import { uuids, type RunQuery } from '@assay/read-model/store/duckdb';
import type { Writer, WriterTools } from '@assay/read-model/store/writer';
import { cycloneDx } from './cyclonedx.response.ts';
import { reportOf, type ScannedPlace } from './findings-report.ts';
import { DocumentEntries } from './entries.ts';
import type { Format } from './formats.ts';
import type { InventoryRefusal } from './inventories.ts';
import { Outdated } from './outdated.ts';
import { sarif } from './sarif.response.ts';
import { spdx } from './spdx.response.ts';

export type ReportFormat = Exclude<Format, 'json' | 'csv'>;

interface DocumentInput {
  readonly format: ReportFormat;
  readonly digest: string;
  /** As they are shown now. */
  readonly places: readonly ScannedPlace[];
  readonly staleBefore: number;
  /** The inventory as it is stored, for a format that lists packages. */
  readonly inventory?: Uint8Array;
}

/** An inventory cannot be shown; the code is that of the refusal. */
class UnusableInventory extends Error {
  constructor(
    readonly code: InventoryRefusal,
    message = '',
  ) {
    super(message);
  }
}

/**
 * The packages of a stored inventory, at least one: a list without packages would claim that the image has none.
 * @throws an error with the code `InventoryLost` or `InventoryNotAvailable`
 */
export const packagesIn = (stored: Uint8Array): readonly Package[] => {
  let packages: readonly Package[];
  try {
    ({ packages } = inventoryIn(Buffer.from(stored)));
  } catch (error) {
    throw new UnusableInventory('InventoryLost', (error as Error).message);
  }
  if (packages.length === 0) throw new UnusableInventory('InventoryNotAvailable');
  return packages;
};

/** @throws Outdated if the findings that can be read are not those of these classifications */
const mustBeCurrent = async (query: RunQuery, places: readonly ScannedPlace[]): Promise<void> => {
  const rows = await query<{ id: string; classified: string | null }>(
    `select image::varchar as id, json_extract_string(state, '$.classified.id') as classified from images
    where rowid in (select rowid from images where image in (select unnest($ids::uuid[])))`,
    { ids: uuids(places.map(({ id }) => id)) },
  );
  const known = new Map(rows.map(({ id, classified }) => [id, classified]));
  if (places.some(({ id, state }) => known.get(id) !== state.classified.id))
    throw new Outdated('the image was assessed again meanwhile');
};

/** Writes JSON as `JSON.stringify` does, each array of the document entry by entry. */
const writeJson = async (out: WriterTools['out'], document: object): Promise<void> => {
  let lead = '{';
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    await out(`${lead}${JSON.stringify(name)}:`);
    lead = ',';
    if (!Array.isArray(value) && !(value instanceof DocumentEntries)) {
      await out(JSON.stringify(value));
      continue;
    }
    await out('[');
    let separator = '';
    for (const entry of value as Iterable<unknown>) {
      await out(`${separator}${JSON.stringify(entry)}`);
      separator = ',';
    }
    await out(']');
  }
  await out(lead === '{' ? '{}' : '}');
};

/** The findings of an image, and its packages, in a format for export. */
export const documentFile: Writer<DocumentInput> = {
  module: import.meta.url,
  name: 'documentFile',
  write: async ({ query, out }, { format, digest, places, staleBefore, inventory }) => {
    await mustBeCurrent(query, places);
    const report = await reportOf(query, digest, places, staleBefore);
    const packages = inventory ? packagesIn(inventory) : [];
    const made = { sarif, spdx, cyclonedx: cycloneDx }[format];
    await writeJson(out, made(report, packages));
  },
};

/** The packages of an image in canonical form. */
export const inventoryFile: Writer<Uint8Array> = {
  module: import.meta.url,
  name: 'inventoryFile',
  write: async ({ out }, stored) => {
    packagesIn(stored);
    await out(Buffer.from(stored).toString());
  },
};
