import { everySetting, type Env } from '@assay/settings';

/** Edit distance: the letters to insert, delete or replace. */
const distance = (one: string, other: string): number => {
  let result = other.length;
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 0; at < one.length; at += 1) {
    let [left, diagonal] = [at + 1, at];
    const next = [left];
    for (const [to, above] of row.slice(1).entries()) {
      left = Math.min(above + 1, left + 1, diagonal + (one[at] === other[to] ? 0 : 1));
      next.push(left);
      diagonal = above;
    }
    [row, result] = [next, left];
  }
  return result;
};

const nearest = (name: string, known: readonly string[]): string =>
  known.reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));

/** Settings of before, each with its remedy. */
export const goneSettings: Readonly<Record<string, string>> = {
  ASSAY_ADVISORIES: 'unset it; `assay database update` or `assay database import` announces a database to all runners',
};

/**
 * Returns a line for each variable that looks like a setting but is none; a misspelt setting would be ignored silently.
 */
export const unknownSettings = (env: Env): readonly string[] => {
  const known = everySetting().map(({ name }) => name);
  return Object.keys(env)
    .filter((name) => name.startsWith('ASSAY_') && !known.includes(name))
    .toSorted()
    .map((name) =>
      goneSettings[name] === undefined
        ? `${name} is not a setting and has no effect: did you mean ${nearest(name, known)}?`
        : `${name} is gone and has no effect: ${goneSettings[name]}`,
    );
};
