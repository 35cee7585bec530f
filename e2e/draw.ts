import { hash } from 'node:crypto';

const placeOf = (name: string, seed: number): string => hash('sha256', `${seed} ${name}`);

/** Shuffles in an order that depends only on the seed. */
export const shuffled = <Thing>(things: readonly Thing[], seed: number, nameOf: (thing: Thing) => string): Thing[] => {
  const places = new Map(things.map((thing) => [thing, placeOf(nameOf(thing), seed)]));
  return things.toSorted((one, other) => (places.get(one)! < places.get(other)! ? -1 : 1));
};

/** How many items to draw: at least one, if there are any. */
export const drawnOf = (count: number, share: number): number =>
  Math.min(count, Math.max(1, Math.round(count * share)));

/**
 * Draws the share of each class, and at least one of its members. A member of several classes counts in each of them.
 *
 * @param classes the names of the members of each class
 * @param share 0 to 1
 * @returns the names that are drawn: they depend only on the seed
 */
export const drawnByClass = (
  classes: readonly (readonly string[])[],
  { seed, share }: { readonly seed: number; readonly share: number },
): ReadonlySet<string> => {
  const names = new Set<string>();
  const places = new Map([...new Set(classes.flat())].map((name) => [name, placeOf(name, seed)]));
  for (const members of classes) {
    const all = members.toSorted((one, other) => (places.get(one)! < places.get(other)! ? -1 : 1));
    const rest = all.filter((name) => !names.has(name));
    const missing = all.length === 0 ? 0 : drawnOf(all.length, share) - (all.length - rest.length);
    for (const name of rest.slice(0, Math.max(0, missing))) names.add(name);
  }
  return names;
};
