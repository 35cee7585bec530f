import type { Column, TablePart, Shape as Members } from '@assay/kusto';
import { allShapes, assessmentKeys, type AzureShape } from '@assay/read-model/placement/azure';
import { rowIds } from '@assay/read-model/store/duckdb';
import { classicMembers } from './classic-members.ts';
import { cvss, mdvmMembers } from './mdvm-members.ts';
import { bestScore, isVersion2, isVersion3, padded, text } from './members.ts';
import { imagesRunning } from '@assay/read-model/placement/running';
import { ofScope } from './scope.ts';

const members: Readonly<Record<AzureShape, Readonly<Record<string, Members>>>> = {
  classic: classicMembers,
  mdvm: mdvmMembers,
};

/** `nameIn` in SQL: the newer shape flips the last bit of a name. */
const names: Readonly<Record<AzureShape, string>> = {
  classic: 'f.name::varchar',
  mdvm: "(left(f.name::varchar, 35) || translate(right(f.name::varchar, 1), '0123456789abcdef', '1032547698badcfe'))",
};

const group = "split_part(f.registry_id, '/', 5)";

const idOf = (shape: AzureShape): Column => {
  const middle = `/providers/Microsoft.Security/assessments/${assessmentKeys[shape]}/subassessments/`;
  return {
    type: 'string',
    sql: `(f.registry_id || '${middle}' || ${names[shape]})`,
    template: {
      pieces: [
        '/subscriptions/',
        { sql: "split_part(f.registry_id, '/', 3)" },
        '/resourceGroups/',
        { sql: group },
        '/providers/Microsoft.ContainerRegistry/registries/',
        { sql: "split_part(f.registry_id, '/', 9)" },
        middle,
        { sql: names[shape] },
      ],
      prefixes: [{ pieces: 6, sql: 'f.registry_id' }],
    },
  };
};

/** The rows with their places. */
const placed = 'select rowid as place, * from findings';

const fromAll = (shape: AzureShape): string => `from (${placed}) /* ${shape} */ where`;

/**
 * Columns of findings that are only made where a statement uses one of them. All begin with the letter and `_`. They
 * are made once, however often a statement has them.
 */
interface MadeColumns {
  readonly letter: string;
  readonly columns: Readonly<Record<string, string>>;
  /** The join that the columns need. */
  readonly join?: string;
}

const madeColumns: readonly MadeColumns[] = [
  {
    letter: 'v',
    columns: {
      title: 'v.title',
      description: 'v.description',
      references: 'v."references"',
      cwes: 'v.cwes',
      published_at: 'v.published_at',
      modified_at: 'v.modified_at',
    },
    join: 'left join vulnerabilities v on v.vulnerability = f.vulnerability',
  },
  {
    letter: 'i',
    columns: {
      generated_at: 'i.generated_at',
      os_family: 'i.os_family',
      os_version: 'i.os_version',
      demonstration: 'i.demonstration',
    },
    join: 'left join images i on i.image = f.image',
  },
  {
    letter: 'r',
    columns: {
      running: `case when r.running is not null then r.running
        when not coalesce(r.may_run, false) and exists (select 1 from clusters) then '' end`,
    },
    join: `left join (with ${imagesRunning} select * from run_in) r on r.image = f.image`,
  },
  { letter: 'cvss2', columns: { score: bestScore(isVersion2) } },
  { letter: 'cvss3', columns: { score: bestScore(isVersion3) } },
  { letter: 'cvss', columns: { scores: cvss } },
];

const optional = ({ letter }: MadeColumns, sql: string): string => `/*${letter}*/${sql}/*-${letter}*/`;

/** The findings of a shape with all columns that can be made. */
const fromMade = (shape: AzureShape): string => {
  const columns = madeColumns.map((each) =>
    optional(
      each,
      Object.entries(each.columns)
        .map(([name, sql]) => `, ${sql} as ${each.letter}_${name}`)
        .join(''),
    ),
  );
  const joins = madeColumns.map((each) => (each.join ? optional(each, ` ${each.join}`) : ''));
  return `(select f.*${columns.join('')} from (select * ${fromAll(shape)} ${ofScope(shape)}) f${joins.join('')}) f`;
};

/** Leaves out what a statement uses no column of: each join would read all findings once more. */
export const withoutUnused = (sql: string): string =>
  madeColumns.reduce((text, { letter }) => {
    const without = text.replaceAll(new RegExp(`/\\*${letter}\\*/.*?/\\*-${letter}\\*/`, 'gs'), '');
    return new RegExp(`\\b${letter}_`).test(without) ? text : without;
  }, sql);

/**
 * Restricts a statement to some findings, by their lookups: their places in the copy, which never changes. Only their
 * details are then read. A scan would decompress the details of all findings.
 */
export const ofFound = (sql: string, lookups: readonly string[]): string => {
  const found = allShapes.map((shape) =>
    foundIn(
      shape,
      lookups.filter((one) => one.startsWith(`${shape}/`)).map((one) => one.slice(shape.length + 1)),
    ),
  );
  return (
    `with ${found.join(', ')} ` +
    `${allShapes.reduce((text, shape) => text.replaceAll(fromAll(shape), `from found_${shape} where`), sql)}`
  );
};

const foundIn = (shape: AzureShape, places: readonly string[]): string =>
  `found_${shape} as materialized ` +
  `(${placed} where rowid in (select unnest('${rowIds(places.map(BigInt))}'::bigint[])))`;

/** The name of the part of a table that has the findings in one shape. */
export const findingsName = (shape: AzureShape): string => `findings-${shape}`;

/** The findings of images in one shape, read from the table of findings. */
export const findingsIn = (shape: AzureShape): TablePart => ({
  name: findingsName(shape),
  from: fromMade(shape),
  alias: 'f',
  lookup: `('${shape}/' || f.place)`,
  // Names sort alike in each shape.
  identity: ["(f.registry_id || '/')", names.classic],
  columns: {
    id: idOf(shape),
    name: { type: 'string', sql: names[shape] },
    type: { type: 'string', constant: 'microsoft.security/assessments/subassessments' },
    location: { type: 'string', constant: 'global' },
    resourceGroup: { type: 'string', sql: `lower(${group})` },
    subscriptionId: { type: 'string', sql: 'f.subscription_id' },
    properties: {
      type: 'dynamic',
      shape: {
        members: {
          ...members[shape],
          timeGenerated: text(padded('f.i_generated_at')),
          resourceDetails: {
            members: {
              source: text("'Azure'"),
              id: text("'/repositories/' || f.repository || '/images/' || f.digest"),
            },
          },
        },
      },
    },
  },
});
