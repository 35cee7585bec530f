import { isArray, itemTexts, items } from '../arrays.ts';
import { list, raw, sql, type Sql } from '../sql.ts';
import { boolean, json, jsonOf, scalar, textOf, type Value } from '../value.ts';
import { dynamicArgument, integerArgument, type Call, type Functions } from './function.ts';
import { itemAt } from '../errors.ts';

const array = (values: readonly Value[], index: number, call: Call): Sql =>
  jsonOf(dynamicArgument(values, index, call));
const onArray = (of: Sql, result: Sql): Sql => sql`case when ${isArray(of)} then ${result} end`;

/** Null is a value within an array, and within a bag made by `pack`. */
const inside = (value: Value): Sql => sql`coalesce(${jsonOf(value)}, 'null'::json)`;

const pack: Functions[string] = {
  arguments: [2, Infinity],
  call: (values, call) => {
    if (values.length % 2 !== 0)
      return call.context.parsed.fail(
        'InvalidArgument',
        `'${call.name}' expects pairs of a name and a value.`,
        call.node,
      );
    const pairs = values.flatMap((value, index) =>
      index % 2 === 0 ? [{ name: textOf(value), value: inside(itemAt(values, index + 1)) }] : [],
    );
    return { ...json(sql`json_object(${list(pairs.map(({ name, value }) => sql`${name}, ${value}`))})`), pairs };
  },
};

const slice = (values: readonly Value[], call: Call): Value => {
  const of = array(values, 0, call);
  const [from, to] = [integerArgument(values, 1, call).sql, integerArgument(values, 2, call).sql];
  // DuckDB counts negative places from the end once more.
  const at = (index: Sql): Sql => sql`(case when ${index} < 0 then len(${items(of)}) + ${index} else ${index} end + 1)`;
  return json(onArray(of, sql`to_json(list_slice(${items(of)}, greatest(1, ${at(from)}), greatest(0, ${at(to)})))`));
};

export const dynamicFunctions: Functions = {
  pack,
  bag_pack: pack,
  pack_array: { arguments: [1, Infinity], call: (values) => json(sql`json_array(${list(values.map(inside))})`) },
  array_length: {
    arguments: [1, 1],
    call: (values, call) => {
      const of = array(values, 0, call);
      return scalar('long', onArray(of, sql`json_array_length(${of})::bigint`), true);
    },
  },
  bag_keys: {
    arguments: [1, 1],
    call: (values, call) => {
      const of = array(values, 0, call);
      return json(sql`case when json_type(${of}) = 'OBJECT' then to_json(json_keys(${of})) end`);
    },
  },
  bag_merge: {
    arguments: [1, 64],
    call: (values, call) => {
      // For a repeated key the first bag counts, so it is merged last.
      const bags = values.map((_, index) => {
        const of = array(values, index, call);
        return sql`case when json_type(${of}) = 'OBJECT' then ${of} else '{}'::json end`;
      });
      const maps = [raw("'{}'::json"), ...bags.toReversed()].map(
        (bag) => sql`from_json(${bag}, '"MAP(VARCHAR, JSON)"')`,
      );
      return json(sql`to_json(map_concat(${list(maps)}))`);
    },
  },
  array_concat: {
    arguments: [1, 64],
    call: (values, call) =>
      json(
        sql`to_json(list_concat(${list(
          values.map((_, index) => {
            const of = array(values, index, call);
            return sql`case when ${isArray(of)} then ${items(of)} else [] end`;
          }),
        )}))`,
      ),
  },
  array_slice: { arguments: [3, 3], call: slice },
  array_index_of: {
    arguments: [2, 2],
    call: (values, call) => {
      const of = array(values, 0, call);
      return scalar(
        'long',
        onArray(of, sql`coalesce(list_position(${itemTexts(of)}, ${textOf(itemAt(values, 1))}), 0)::bigint - 1`),
        true,
      );
    },
  },
  set_has_element: {
    arguments: [2, 2],
    call: (values, call) => {
      const of = array(values, 0, call);
      return boolean(onArray(of, sql`list_contains(${itemTexts(of)}, ${textOf(itemAt(values, 1))})`), true);
    },
  },
};
