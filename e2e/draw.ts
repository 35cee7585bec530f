import { hash } from 'node:crypto';

/** Shuffles in an order that depends only on the seed. */
export const shuffled = <Thing>(things: readonly Thing[], seed: number, nameOf: (thing: Thing) => string): Thing[] => {
  const places = new Map(things.map((thing) => [thing, hash('sha256', `${seed} ${nameOf(thing)}`)]));
  return things.toSorted((one, other) => (places.get(one)! < places.get(other)! ? -1 : 1));
};

/** How many items to draw: at least one, if there are any. */
export const drawnOf = (count: number, share: number): number =>
  Math.min(count, Math.max(1, Math.round(count * share)));
