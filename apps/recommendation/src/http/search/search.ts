import type { RunQuery } from '@assay/read-model/store/duckdb';
import { allOf, inSums, meets } from '@assay/read-model/store/finding-filter';
import { placedIn, type PlaceFilter } from '@assay/read-model/store/place-filter';
import { oneOfTexts } from '../vulnerabilities/vulnerability-list.ts';

/** A package with findings. */
interface FoundPackage {
  readonly package: string;
  readonly sourcePackage?: string;
  readonly images: number;
  readonly vulnerabilities: number;
}

/** Packages of which the name, or that of the source, has a text. */
export interface FoundPackages {
  /** The first ones: the one of exactly this name, those that begin with it, and those in most images. */
  readonly value: readonly FoundPackage[];
  readonly total: number;
  /** Images with one of all of them. */
  readonly images: number;
}

interface PackageRow {
  readonly total: number;
  readonly every: number;
  readonly package: string | null;
  readonly source: string | null;
  readonly images: number;
  readonly vulnerabilities: number;
}

/** Finds packages among the findings that are in sums, those included that rules disable. */
export const packagesWith = async (
  query: RunQuery,
  places: PlaceFilter,
  text: string,
  size: number,
): Promise<FoundPackages> => {
  const { where, values } = allOf([
    placedIn(places),
    { where: `${meets({})} and ${inSums}`, values: {} },
    {
      where: `(${oneOfTexts('package')} or ${oneOfTexts('source_package')})`,
      values: { text: text.toLowerCase() },
    },
  ]);
  const rows = await query<PackageRow>(
    `with hits as materialized (
      select distinct package, source_package, image, vulnerability from findings where ${where}),
    page as (
      select package, max(source_package) as source, count(distinct image)::integer as images,
        count(distinct vulnerability)::integer as vulnerabilities
      from hits group by package
      order by lower(package) <> $text, not starts_with(lower(package), $text), images desc, package limit ${size}),
    numbers as (
      select count(distinct package)::integer as total, count(distinct image)::integer as every from hits)
    select * from numbers left join page on true
    order by lower(package) <> $text, not starts_with(lower(package), $text), images desc, package`,
    values,
  );
  return {
    value: rows.flatMap(({ package: name, source, images, vulnerabilities }) =>
      name === null
        ? []
        : [{ package: name, ...(source === null ? {} : { sourcePackage: source }), images, vulnerabilities }],
    ),
    total: rows[0]?.total ?? 0,
    images: rows[0]?.every ?? 0,
  };
};

/** The name of an image in the results of a search. */
interface FoundImage {
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
}

/** The names of images, in the order of their ids. */
export const namesOf = async (query: RunQuery, ids: readonly string[]): Promise<readonly FoundImage[]> => {
  const rows = await query<Omit<FoundImage, 'tags'> & { readonly id: string; readonly tags: string | null }>(
    `select image::varchar as id, login_server as "loginServer", repository, digest, tags from images
    where image in (select unnest(from_json($ids, '["uuid"]')))`,
    { ids: JSON.stringify(ids) },
  );
  const byId = new Map(
    rows.map(({ id, tags, ...name }) => [id, { ...name, tags: (tags ?? '').split('\n').filter(Boolean) }]),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
};
