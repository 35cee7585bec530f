import { createHash } from 'node:crypto';

/** In an order that only the seed decides on. */
export const shuffled = <Thing>(things: readonly Thing[], seed: number, nameOf: (thing: Thing) => string): Thing[] => {
  const places = new Map(
    things.map((thing) => [
      thing,
      createHash('sha256')
        .update(`${seed} ${nameOf(thing)}`)
        .digest('hex'),
    ]),
  );
  return things.toSorted((one, other) => (places.get(one)! < places.get(other)! ? -1 : 1));
};

/** How many are drawn of so many: at least one of those that there are. */
export const drawnOf = (count: number, share: number): number =>
  Math.min(count, Math.max(1, Math.round(count * share)));
