import { madeLayer } from '../../lies/layers.ts';
import { cells, titleOf } from '../../lies/table.ts';
import type { InputGroup } from '../input.ts';
import { failed } from '../making/contained.ts';
import { imageOf } from '../making/image.ts';
import { lie, notHealthy } from '../making/lie.ts';

/** Each kind of package database or manifest with each trick: docs/security-collection.md. */
export const lies: InputGroup = {
  name: 'lies',
  inputs: cells.flatMap((cell) =>
    cell.images.map((image) =>
      lie({
        row: 'lie',
        title: titleOf(cell, image),
        classes: [`kind: ${cell.kind.name}`, `trick: ${cell.trick.name}`],
        ...(image.mayFail === true ? { ends: [...notHealthy, failed] } : {}),
        make: async ({ name }) =>
          imageOf(await Promise.all(image.layers.map(madeLayer)), {
            author: name,
            ...(image.config === undefined ? {} : { config: image.config }),
          }),
      }),
    ),
  ),
};
