import { sameId } from '@assay/arm';
import { canonical, channelOf, configTopics, definitions, type ClassifiedFinding, type DataOf } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import { entryColumns, entryOf, type EntryRow } from '@assay/read-model/intake/finding-row';
import { registryKeyOf } from '@assay/read-model/placement/registry-keys';
import { Images, type ShownImage } from '../images/images.ts';
import { ParkedEvents } from '@assay/read-model/intake/parked';
import { databaseIn, lacksSet, type PlacementState } from '@assay/read-model/placement/placement';
import type { View } from '@assay/read-model/view/view';

/** The format of the lines. It grows with a change that a reader must know. */
const version = 1;
/** Images that are looked up at once. */
const imagesAtOnce = 200;
/** Findings that are read at once, unless one image has more. */
const findingsAtOnce = 5_000;

/** An export ends after this long, however slowly its client takes it. */
const mostMs = 3_600_000;

type Write = (lines: string) => Promise<void>;

export interface ExportRequest {
  readonly caller: string;
  /** Keys of the registries whose images are exported begin with one of these. */
  readonly prefixes: readonly string[];
  readonly subscriptionId?: string | undefined;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const isKeyed = (topic: string): boolean => !(configTopics as readonly string[]).includes(topic);
const publishedTopics = [
  ...new Set(definitions.filter(({ published }) => published).map(({ topic }): string => channelOf(topic))),
];

/** The next offset, and the highest sequence before it, in each partition of the published topics. */
const positionsIn = async (query: RunQuery, partitions: number): Promise<object[]> => {
  const rows = await query<{ topic: string; partition: number; next: bigint; mark: string }>(
    'select topic, partition, next, mark from positions',
  );
  const known = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, row]));
  return publishedTopics.flatMap((topic) =>
    Array.from({ length: isKeyed(topic) ? partitions : 1 }, (_, partition) => {
      const { next = 0n, mark = '0.0' } = known.get(`${topic}/${partition}`) ?? {};
      return { topic, partition, next: Number(next), ...(isKeyed(topic) ? { sequence: mark } : {}) };
    }),
  );
};

/** A placement without its own findings: those that cannot be named, or are not shown, are absent. */
type Known = ShownImage & { readonly state: Required<Pick<PlacementState, 'classified' | 'set'>> & PlacementState };

/** True if the stored findings are those of the classification that counts. */
const hasSet = (image: ShownImage): image is Known => {
  const { classified, set } = image.state;
  return (
    classified !== undefined &&
    set?.verdict === classified.verdict &&
    set.classification === classified.classification &&
    !lacksSet(image.state)
  );
};

const classifiedShown = ({ state }: Known, findings: readonly ClassifiedFinding[]): object => {
  const { classified, set } = state;
  const { status, reason, scanId, result, sequence, scanner } = classified;
  return {
    id: set.id,
    verdict: set.verdict,
    classification: set.classification,
    status,
    ...(reason ? { reason } : {}),
    scanId,
    ...(result === undefined ? {} : { result }),
    ...(sequence === undefined ? {} : { sequence }),
    scanner,
    database: databaseIn(state),
    set: set.set,
    layers: set.layers,
    findings,
  };
};

/** Groups images so that those of a group have few findings in all. */
const grouped = (images: readonly ShownImage[]): ShownImage[][] => {
  const groups: ShownImage[][] = [];
  let records = Infinity;
  for (const image of images) {
    if (records + image.records > findingsAtOnce) {
      groups.push([]);
      records = 0;
    }
    groups.at(-1)?.push(image);
    records += image.records;
  }
  return groups;
};

/**
 * Writes all images with their findings as of one moment, one JSON object a line: first where that moment lies in the
 * log, last a line with counts, without which the export is cut. A reader goes on with the topic from there. The lines
 * come from a copy of the read model, so that a slow client holds up nothing.
 *
 * @param write takes some lines, and resolves when more are wanted
 * @throws NoCopy
 * @throws Error of DuckDB, of the log, or of `write`
 */
export const exported = async (view: View, request: ExportRequest, write: Write): Promise<void> => {
  // The copy must hold what the caller could read elsewhere before.
  view.exports.notified();
  await view.exports.read({ caller: request.caller, limitMs: mostMs }, (query, { asOf }) =>
    // Copies remember the rows of queries without parameters.
    new Export((sql, values = {}) => query(sql, values), view, request, write).write(asOf),
  );
};

class Export {
  #images = 0;
  #findings = 0;

  constructor(
    private readonly query: RunQuery,
    private readonly view: View,
    private readonly request: ExportRequest,
    private readonly out: Write,
  ) {}

  async write(asOf: string): Promise<void> {
    // Offsets count the events of all registries.
    const positions = this.request.prefixes.includes('')
      ? { positions: await positionsIn(this.query, this.view.partitions) }
      : {};
    await this.out(line({ kind: 'export', version, asOf, ...positions }));
    await this.#everyImage();
    const pages = await this.#unfinishedPages();
    const end = { kind: 'end', images: this.#images, findings: this.#findings, pages: pages.length };
    await this.out([...pages, end].map(line).join(''));
  }

  async #everyImage(): Promise<void> {
    const { view, query } = this;
    // Events that are parked now may not be those of the copy.
    const parked = await ParkedEvents.stored(query);
    const images = new Images({
      partitions: view.partitions,
      parked,
      reading: (digest) => ({ ...view.reading(digest), parked: parked.halts(digest) }),
    });
    const { prefixes, subscriptionId } = this.request;
    for (let after: readonly [string, string, string] | undefined, isLast = false; !isLast;) {
      const page = await images.page(query, { prefixes, subscriptionId, after, size: imagesAtOnce });
      for (const group of grouped(page)) await this.out(await this.#lines(group));
      const last = page.at(-1)?.state.placement;
      after = last && [registryKeyOf(last.registryId), last.repository, last.digest];
      isLast = page.length < imagesAtOnce;
    }
  }

  async #lines(images: readonly ShownImage[]): Promise<string> {
    const ids = images.filter(hasSet).map(({ id }) => id);
    // First find the row ids by a narrow column: a scan of all columns would decompress all of them. One text for each
    // image passes from process to process much faster than the cells of its rows.
    const rows = await this.query<{ image: string; entries: string }>(
      `select image, to_json(list(entry)) as entries from (
        select ${entryColumns} from findings
        where rowid in (select rowid from findings where kind = 'finding' and ${among('image', ids)})
      ) entry group by image`,
    );
    const byImage = new Map(rows.map(({ image, entries }) => [image, JSON.parse(entries) as EntryRow[]]));
    return images
      .map((image) => line(this.#shown(image, canonical((byImage.get(image.id) ?? []).map(entryOf)))))
      .join('');
  }

  #shown(image: ShownImage, findings: readonly ClassifiedFinding[]): object {
    const { status, reason, state } = image;
    this.#images += 1;
    this.#findings += findings.length;
    return {
      kind: 'image',
      partition: partitionOf(state.placement.digest, this.view.partitions),
      ...state.placement,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(hasSet(image) ? { classified: classifiedShown(image, findings) } : {}),
    };
  }

  /** The pages of classifications whose other pages stand behind the positions, as the log has them. */
  async #unfinishedPages(): Promise<object[]> {
    const places = await this.query<{ partition: number; offset: bigint }>(
      `select t.partition, max(t."offset") as "offset" from unfinished_pages u
      join timeline t on t.topic = 'finding.classified' and t.image = u.image
        and t.id = json_extract_string(u.data, '$.id')
      group by t.partition, u.image, u.verdict, u.classification, u.page order by t.partition, "offset"`,
    );
    const pages: object[] = [];
    for (const { partition, offset } of places) {
      const logged = await this.view.history.at('finding.classified', partition, Number(offset));
      if (logged && this.#isWanted(logged.event.data))
        pages.push({ kind: 'page', partition, id: logged.event.id, data: logged.event.data });
    }
    return pages;
  }

  #isWanted({ registryId, subscriptionId }: DataOf<'finding.classified'>): boolean {
    const key = registryKeyOf(registryId);
    const { prefixes, subscriptionId: wanted } = this.request;
    return (
      prefixes.some((prefix) => key.startsWith(prefix)) && (wanted === undefined || sameId(subscriptionId, wanted))
    );
  }
}
