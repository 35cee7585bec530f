import { isImpossible, kinds, type Impossible, type InventoryKind } from './kinds.ts';
import { tricks, type LyingImage, type Trick } from './tricks.ts';

/** One cell of the table: its images, or the reason why there are none. */
export interface LiesCell {
  readonly kind: InventoryKind;
  readonly trick: Trick;
  readonly images: readonly LyingImage[];
  readonly impossible?: Impossible['impossible'];
}

/** The table of kinds and tricks, row by row. */
export const cells: readonly LiesCell[] = kinds.flatMap((kind) =>
  tricks.map((trick) => {
    const images = trick.images(kind);
    return isImpossible(images) ? { kind, trick, images: [], impossible: images.impossible } : { kind, trick, images };
  }),
);

/** The title of an image: its kind, its trick and its variant. */
export const titleOf = ({ kind, trick }: LiesCell, { variant }: LyingImage): string =>
  [kind.name, trick.name, ...(variant === '' ? [] : [variant])].join(': ');
