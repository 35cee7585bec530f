import { settingNames } from './setting-names.ts';

/** Edit distance: the letters to insert, delete or replace. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1)
      next.push(Math.min(row[to]! + 1, next[to - 1]! + 1, row[to - 1]! + (one[at - 1] === other[to - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
};

const nearest = (name: string): string =>
  settingNames.reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));

/**
 * Returns a line for each variable that looks like a setting but is none; a misspelt setting would be ignored silently.
 */
export const unknownSettings = (env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith('ASSAY_') && !settingNames.includes(name))
    .toSorted()
    .map((name) => `${name} is no setting, and is passed over: is ${nearest(name)} meant?`);
