import { RegistryError, type RegistryErrorCode } from './error.ts';
import { folded } from './json.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Reads typed fields of a registry's document. A wrong type is a RegistryError with a code, never a TypeError. */
export interface FieldReader {
  readonly refuse: (message: string) => RegistryError;
  /**
   * Reads an object with the given field names. A field name in another case is refused: Assay would treat the field as
   * missing, the scanner as present.
   */
  readonly object: (value: unknown, known: readonly string[], label: string) => Fields;
  readonly list: (value: unknown, label: string) => readonly unknown[];
  readonly text: (value: unknown, label: string) => string;
  readonly optionalText: (value: unknown, label: string) => string | undefined;
}

export const reader = (code: RegistryErrorCode): FieldReader => {
  const refuse = (message: string) => new RegistryError(code, message);
  const text = (value: unknown, label: string): string => {
    if (typeof value !== 'string') throw refuse(`${label} is not a text`);
    return value;
  };
  return {
    refuse,
    text,
    object: (value, known, label) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw refuse(`${label} is not an object`);
      refuseOtherSpellings(value, known, label);
      return value as Fields;
    },
    list: (value, label) => {
      if (!Array.isArray(value)) throw refuse(`${label} is not a list`);
      return value as unknown[];
    },
    // Docker writes null for an absent value.
    optionalText: (value, label) =>
      value === undefined || value === null || value === '' ? undefined : text(value, label),
  };
};

const refuseOtherSpellings = (value: object, known: readonly string[], label: string): void => {
  const names = new Map(known.map((name) => [folded(name), name]));
  for (const key of Object.keys(value)) {
    const name = names.get(folded(key));
    if (name !== undefined && name !== key)
      throw new RegistryError('ambiguous', `${label} spells ${name} in another case`);
  }
};
