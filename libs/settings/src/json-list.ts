import { readFileSync } from 'node:fs';

/** The place of a fault, if the parser names it; never the text around it. */
const placeIn = (error: unknown): string => {
  const [place] = /\(line \d+ column \d+\)/.exec(String(error)) ?? [];
  return place === undefined ? '' : ` ${place}`;
};

/**
 * Reads a list from a setting that holds JSON, or the path of a JSON file.
 *
 * No message contains any of the text: it may hold passwords, and messages are logged.
 *
 * @param wrong makes the error of a message
 * @throws what `wrong` makes if the text is no list, no JSON, or no path of a readable file
 */
export const jsonList = (name: string, text: string, wrong: (message: string) => Error): unknown[] => {
  const given = text.trim();
  const isInline = /^[[{"]/.test(given);
  let json = given;
  if (!isInline)
    try {
      json = readFileSync(given, 'utf8');
    } catch (error) {
      const { code = 'it cannot be read' } = error as { readonly code?: string };
      throw wrong(`${name} is neither JSON nor the path of a readable file (${code})`);
    }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong(`${name} is not valid JSON${placeIn(error)}`);
  }
  if (!Array.isArray(value)) throw wrong(`${name} must be a list`);
  return value;
};
