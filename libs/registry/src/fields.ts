import { RegistryError, type RegistryErrorCode } from './error.ts';
import { folded } from './json.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Reads typed fields of a registry's document. A wrong type is a RegistryError with a code, never a TypeError. */
export interface Reader {
  readonly refuse: (what: string) => RegistryError;
  /**
   * Reads an object with the given field names. A field name in another case is refused: Assay would treat the field as
   * missing, the scanner as present.
   */
  readonly object: (value: unknown, known: readonly string[], what: string) => Fields;
  readonly list: (value: unknown, what: string) => readonly unknown[];
  readonly text: (value: unknown, what: string) => string;
  readonly optionalText: (value: unknown, what: string) => string | undefined;
}

export const reader = (code: RegistryErrorCode): Reader => {
  const refuse = (what: string) => new RegistryError(code, what);
  const text = (value: unknown, what: string): string => {
    if (typeof value !== 'string') throw refuse(`${what} is not a text`);
    return value;
  };
  return {
    refuse,
    text,
    object: (value, known, what) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${what} is not an object`);
      refuseOtherSpellings(value, known, what);
      return value as Fields;
    },
    list: (value, what) => {
      if (!Array.isArray(value)) throw refuse(`${what} is not a list`);
      return value as unknown[];
    },
    // Docker writes null for an absent value.
    optionalText: (value, what) =>
      value === undefined || value === null || value === '' ? undefined : text(value, what),
  };
};

const refuseOtherSpellings = (value: object, known: readonly string[], what: string): void => {
  const names = new Map(known.map((name) => [folded(name), name]));
  for (const key of Object.keys(value)) {
    const name = names.get(folded(key));
    if (name !== undefined && name !== key)
      throw new RegistryError('ambiguous', `${what} spells ${name} in another case`);
  }
};
