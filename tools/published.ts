import type { JsonSchema } from './class-schemas.ts';

export interface Rule {
  /** Only Assay reads it: its closed lists may grow. */
  readonly internal: boolean;
}

/** Keywords that do not affect which data is valid. */
const unjudged: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$defs',
  '$ref',
  'title',
  'description',
  'properties',
  'required',
  'items',
  'enum',
]);

/**
 * Incompatible changes to the schema that was published under the same version, a line each; empty if it only adds.
 * CONTRIBUTING.md ("Changing an event") defines the rule: new optional fields, and of an internal event new values of
 * closed lists.
 * @param published the schema as consumers know it, with its own `$defs`
 * @param now the new schema
 */
export const takenBack = (published: JsonSchema, now: JsonSchema, { internal }: Rule): string[] => {
  const defined = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
    const reference = schema.$ref as string | undefined;
    return reference === undefined
      ? schema
      : (root.$defs as Record<string, JsonSchema>)[reference.slice('#/$defs/'.length)]!;
  };
  const compared = (before: JsonSchema, after: JsonSchema, at: string): string[] => {
    const [was, is] = [defined(before, published), defined(after, now)];
    const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
      (key) => !unjudged.has(key) && JSON.stringify(was[key]) !== JSON.stringify(is[key]),
    );
    return [
      ...changed.map(
        (key) =>
          `${at} has another ${key}: ${JSON.stringify(is[key]) ?? 'none'} instead of ` +
          `${JSON.stringify(was[key]) ?? 'none'}`,
      ),
      ...ofList(was.enum as unknown[] | undefined, is.enum as unknown[] | undefined, at, internal),
      ...ofFields(was, is, at, compared),
      ...(was.items && is.items
        ? compared(was.items as JsonSchema, is.items as JsonSchema, `${at}[]`)
        : (was.items ?? is.items)
          ? [`${at} has other elements`]
          : []),
    ];
  };
  return compared(published, now, 'data');
};

const ofList = (
  was: readonly unknown[] | undefined,
  is: readonly unknown[] | undefined,
  at: string,
  internal: boolean,
): string[] => {
  if (!was && !is) return [];
  if (!was || !is) return [`${at} is ${is ? 'a closed list now' : 'no closed list any more'}`];
  return [
    ...was.filter((value) => !is.includes(value)).map((value) => `${at} is never ${String(value)} any more`),
    ...is
      .filter((value) => !internal && !was.includes(value))
      .map((value) => `${at} may be ${String(value)}, which nobody outside knows`),
  ];
};

const ofFields = (
  was: JsonSchema,
  is: JsonSchema,
  at: string,
  compared: (before: JsonSchema, after: JsonSchema, at: string) => string[],
): string[] => {
  const [before, after] = [was, is].map(({ properties = {} }) => properties as Record<string, JsonSchema>) as [
    Record<string, JsonSchema>,
    Record<string, JsonSchema>,
  ];
  const [had, has] = [was, is].map(({ required = [] }) => new Set(required as string[])) as [Set<string>, Set<string>];
  return [
    ...[...has].filter((name) => !had.has(name)).map((name) => `${at}.${name} is required, and was not`),
    ...Object.entries(before).flatMap(([name, schema]) => {
      const its = after[name];
      if (!its) return [`${at}.${name} is gone`];
      return [
        ...(had.has(name) && !has.has(name) ? [`${at}.${name} was always there, and is optional now`] : []),
        ...compared(schema, its, `${at}.${name}`),
      ];
    }),
  ];
};
