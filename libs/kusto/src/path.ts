import { bound, raw, sql, type Sql } from './sql.ts';
import { held, heldText, json, jsonOf, missing, textOf, type Dynamic, type Value } from './value.ts';

const pointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A JSON null counts as missing. */
const at = (of: Sql, path: Sql): Dynamic => json(sql`nullif(json_extract(${of}, ${path}), 'null')`);

/** `bag.name`; missing if there is no such member. */
const member = (value: Dynamic, name: string): Dynamic => {
  switch (value.kind) {
    case 'bag':
      return value.members.get(name) ?? missing;
    case 'held':
      return missing;
    default:
      return value === missing ? missing : at(value.sql, bound(pointer(name)));
  }
};

/** `array[0]`, `array[-1]` */
const element = (value: Dynamic, index: bigint): Dynamic => {
  if (value.kind !== 'json' || value === missing) return missing;
  if (value.texts?.known) {
    const found = value.texts.known.at(Number(index));
    return found ? held(found) : missing;
  }
  if (value.texts)
    return heldText(sql`list_extract(${value.texts.list}, ${raw(String(index < 0n ? index : index + 1n))})`);
  return at(value.sql, bound(index < 0n ? `$[#${index}]` : `$[${index}]`));
};

/** `dynamic[expression]` */
export const selected = (value: Dynamic, selector: Value): Dynamic => {
  if (selector.kind === 'scalar' && typeof selector.literal === 'string') return member(value, selector.literal);
  if (selector.kind === 'scalar' && typeof selector.literal === 'bigint') return element(value, selector.literal);
  const of = jsonOf(value);
  if (selector.type === 'int' || selector.type === 'long') {
    const { sql: index } = selector as { sql: Sql };
    return at(of, sql`(case when ${index} < 0 then '$[#' else '$[' end || ${index}::varchar || ']')`);
  }
  return at(of, sql`('/' || replace(replace(${textOf(selector)}, '~', '~0'), '/', '~1'))`);
};
