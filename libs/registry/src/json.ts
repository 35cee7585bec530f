import assert from 'node:assert/strict';
import { RegistryError, type RegistryErrorCode } from './error.ts';
import { limits } from './limits.ts';

/** Objects whose keys are data, not field names: every parser keeps `A` and `a` as two entries. */
const freeKeyed = ['annotations', 'Labels', 'ExposedPorts', 'Volumes'];

/**
 * Parses JSON that every parser reads alike. `JSON.parse` keeps the last of two equal keys, and treats `layers` and
 * `LAYERS` as different keys. The scanner's parser does neither, so such a document would be one image to Assay and
 * another image to the scanner. It is refused instead.
 *
 * @param malformed the error code for input that is not JSON
 */
export const parseStrictly = (bytes: Buffer, malformed: RegistryErrorCode): unknown => {
  let text: string;
  let value: unknown;
  try {
    // A byte order mark is not skipped and broken UTF-8 is not repaired: other parsers treat both differently.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new RegistryError(malformed, 'not JSON in UTF-8');
  }
  refuseRepeatedKeys(text, malformed);
  return value;
};

/** Folds case as Go's JSON decoder does: `ſ` equals `s`, and the Kelvin sign equals `k`. */
export const folded = (key: string): string => key.toUpperCase().toLowerCase();

interface Open {
  /** Keys seen in an object; undefined for an array. */
  readonly keys: Set<string> | undefined;
  readonly free: boolean;
  lastKey: string;
}

/** Scans text that is valid JSON, so that only strings and brackets need a look. */
const refuseRepeatedKeys = (text: string, malformed: RegistryErrorCode): void => {
  const open: Open[] = [];
  let keyComesNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const inside = open.at(-1);
    if (sign === '{' || sign === '[') {
      if (open.length === limits.jsonDepth)
        throw new RegistryError(malformed, `nested deeper than ${limits.jsonDepth}`);
      open.push({
        keys: sign === '{' ? new Set() : undefined,
        free: freeKeyed.includes(inside?.lastKey ?? ''),
        lastKey: '',
      });
      keyComesNext = sign === '{';
    } else if (sign === '}' || sign === ']') {
      open.pop();
    } else if (sign === ',') {
      keyComesNext = inside?.keys !== undefined;
    } else if (sign === '"') {
      const end = endOfString(text, at);
      if (keyComesNext) addKey(inside, JSON.parse(text.slice(at, end + 1)) as string);
      keyComesNext = false;
      at = end;
    }
  }
};

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
};

const addKey = (inside: Open | undefined, key: string): void => {
  assert(inside?.keys, 'a key stands in an object');
  const name = inside.free ? key : folded(key);
  if (inside.keys.has(name)) throw new RegistryError('ambiguous', 'an object names a key twice, or in two spellings');
  inside.keys.add(name);
  inside.lastKey = key;
};
