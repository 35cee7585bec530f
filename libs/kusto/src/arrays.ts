import { sql, type Sql } from './sql.ts';

/** SQL that is true if JSON is an array, and null if the JSON is null. */
export const isArray = (of: Sql): Sql => sql`json_type(${of}) = 'ARRAY'`;

/** The elements of a JSON array, as a list of JSON. */
export const items = (of: Sql): Sql => sql`from_json(${of}, '["json"]')`;

/** The elements of a JSON array, as a list of texts. */
export const itemTexts = (of: Sql): Sql => sql`list_transform(${items(of)}, lambda x: x ->> '$')`;
