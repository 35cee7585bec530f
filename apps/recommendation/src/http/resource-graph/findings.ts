import type { Column, TablePart, Shape as Members } from '@assay/kusto';
import { allShapes, assessmentKeys, type AzureShape } from '../../read-model/azure.ts';
import { rowIds } from '../../read-model/duckdb.ts';
import { classicMembers } from './classic-members.ts';
import { mdvmMembers } from './mdvm-members.ts';
import { padded, text } from './members.ts';
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

/** A table that findings are joined with where one of its columns is used: these begin with its letter and `_`. */
interface Joined {
  readonly letter: string;
  readonly table: string;
  readonly by: string;
  readonly columns: readonly string[];
}

const joinedTables: readonly Joined[] = [
  {
    letter: 'v',
    table: 'vulnerabilities',
    by: 'vulnerability',
    columns: ['title', 'description', 'references', 'cwes', 'published_at', 'modified_at'],
  },
  { letter: 'i', table: 'images', by: 'image', columns: ['generated_at', 'os_family', 'os_version', 'demonstration'] },
];

const optional = ({ letter }: Joined, sql: string): string => `/*${letter}*/${sql}/*-${letter}*/`;

/** The findings of a shape with all columns of the joined tables. */
const fromJoined = (shape: AzureShape): string => {
  const columns = joinedTables.map((each) =>
    optional(each, each.columns.map((name) => `, ${each.letter}."${name}" as ${each.letter}_${name}`).join('')),
  );
  const joins = joinedTables.map((each) =>
    optional(each, ` left join ${each.table} ${each.letter} on ${each.letter}.${each.by} = f.${each.by}`),
  );
  return `(select f.*${columns.join('')} from (select * ${fromAll(shape)} ${ofScope(shape)}) f${joins.join('')}) f`;
};

/** Leaves out the joins of which a statement uses no column: each would read all findings once more. */
export const withoutUnusedJoins = (sql: string): string =>
  joinedTables.reduce((text, { letter }) => {
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

/** The findings of images in one shape, read from the table of findings. */
export const findingsIn = (shape: AzureShape): TablePart => ({
  name: `findings-${shape}`,
  from: fromJoined(shape),
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
