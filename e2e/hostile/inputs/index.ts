import type { Class } from '../draw.ts';
import type { InputGroup } from '../input.ts';
import { answers, patience } from './answers.ts';
import { archives } from './archives.ts';
import { documents } from './documents.ts';
import { doors } from './doors.ts';
import { elsewhere } from './elsewhere.ts';
import { indexes } from './indexes.ts';
import { layers } from './layers.ts';
import { listings } from './listings.ts';
import { others } from './others.ts';
import { packages } from './packages.ts';

export { patience };

/** The collection, in the order in which its groups run. */
export const groups: readonly InputGroup[] = [
  doors,
  listings,
  answers,
  elsewhere,
  documents,
  indexes,
  layers,
  others,
  archives,
  packages,
];

/** Each row of the threat table is a class. Inputs beyond the table form one class per group. */
export const classesOf = (all: readonly InputGroup[]): Class[] => {
  const rows = all.flatMap(({ name, inputs }) =>
    inputs.map((input) => ({ name: input.row === 'beyond' ? `beyond: ${name}` : input.row, input })),
  );
  return [...Map.groupBy(rows, ({ name }) => name)].map(([name, members]) => ({
    name,
    inputs: members.map(({ input }) => input),
  }));
};
