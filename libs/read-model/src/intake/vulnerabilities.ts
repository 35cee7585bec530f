import { type Rating, type VulnerabilityDescribed } from '@assay/events';
import type { Cell, RunQuery } from '../store/duckdb.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

/** The facts of a vulnerability that hold for every image that has it. */
export type DescribedVulnerability = Pick<
  VulnerabilityDescribed,
  'title' | 'description' | 'references' | 'cwes' | 'ratings' | 'publishedAt' | 'modifiedAt'
>;

interface StoredVulnerability extends DescribedVulnerability {
  /** Digest of the database that describes it. */
  readonly from: string;
  /** The source whose ratings are not by that database yet. */
  readonly missing?: string;
}

interface Row {
  vulnerability: string;
  title: string | null;
  description: string | null;
  references: string;
  cwes: string;
  ratings: string;
  published_at: string | null;
  modified_at: string | null;
  database: string;
  missing: string | null;
}

const bySource = (a: Rating, b: Rating): number => (a.source < b.source ? -1 : Number(a.source > b.source));

/** Ratings of a source replace all that another list has of it. Sorted by source. */
export const withRatings = (shared: readonly Rating[], own: readonly Rating[]): Rating[] => {
  const sources = new Set(own.map(({ source }) => source));
  return [...shared.filter(({ source }) => !sources.has(source)), ...own].toSorted(bySource);
};

/**
 * The description by another database replaces the one before. Ratings of the one source that it leaves out stay. Of
 * the same database the first description counts, and a later one only adds the ratings that the first left out: no
 * image can rewrite what others have.
 */
const describedAgain = (
  before: StoredVulnerability | undefined,
  { without, database: { digest: from }, ...described }: VulnerabilityDescribed,
): StoredVulnerability => {
  if (before?.from === from) {
    if (before.missing === undefined || before.missing === without) return before;
    const { missing, ...known } = before;
    const others = known.ratings.filter(({ source }) => source !== missing);
    const added = described.ratings.filter(({ source }) => source === missing);
    return { ...known, ratings: withRatings(others, added) };
  }
  const kept = (before?.ratings ?? []).filter(({ source }) => source === without);
  const ratings = withRatings(kept, described.ratings);
  return { ...described, ratings, from, ...(without === undefined ? {} : { missing: without }) };
};

/** Reads descriptions, by vulnerability. Those that are not known yet are absent. */
export const descriptionsOf = (
  query: RunQuery,
  vulnerabilities: Iterable<string>,
): Promise<ReadonlyMap<string, DescribedVulnerability>> => storedOf(query, vulnerabilities);

const storedOf = async (
  query: RunQuery,
  vulnerabilities: Iterable<string>,
): Promise<Map<string, StoredVulnerability>> => {
  const wanted = [...new Set(vulnerabilities)];
  if (wanted.length === 0) return new Map();
  const rows = await query<Row>(
    `select * from vulnerabilities where vulnerability in (select unnest(from_json($wanted, '["varchar"]')))`,
    { wanted: JSON.stringify(wanted) },
  );
  return new Map(
    rows.map((row) => [
      row.vulnerability,
      {
        ...(row.title === null ? {} : { title: row.title }),
        ...(row.description === null ? {} : { description: row.description }),
        references: JSON.parse(row.references) as string[],
        cwes: JSON.parse(row.cwes) as string[],
        ratings: JSON.parse(row.ratings) as Rating[],
        ...(row.published_at === null ? {} : { publishedAt: row.published_at }),
        ...(row.modified_at === null ? {} : { modifiedAt: row.modified_at }),
        from: row.database,
        ...(row.missing === null ? {} : { missing: row.missing }),
      },
    ]),
  );
};

const cellsOf = (vulnerability: string, described: StoredVulnerability): Cell[] => [
  vulnerability,
  described.title,
  described.description,
  JSON.stringify(described.references),
  JSON.stringify(described.cwes),
  JSON.stringify(described.ratings),
  described.publishedAt,
  described.modifiedAt,
  described.from,
  described.missing,
];

/** Writes the descriptions of a batch, in the order of the log. */
export const writeDescriptions = async (
  connection: WritingConnection,
  events: readonly VulnerabilityDescribed[],
): Promise<void> => {
  if (events.length === 0) return;
  const known = await storedOf(
    connection.query,
    events.map(({ vulnerability }) => vulnerability),
  );
  const changed = new Map<string, StoredVulnerability>();
  for (const event of events)
    changed.set(
      event.vulnerability,
      describedAgain(changed.get(event.vulnerability) ?? known.get(event.vulnerability), event),
    );
  if (known.size > 0)
    await connection.run(
      `delete from vulnerabilities where vulnerability in (select unnest(from_json($ids, '["varchar"]')))`,
      { ids: JSON.stringify([...known.keys()]) },
    );
  await connection.append(
    'vulnerabilities',
    [...changed].map(([vulnerability, described]) => cellsOf(vulnerability, described)),
  );
};
