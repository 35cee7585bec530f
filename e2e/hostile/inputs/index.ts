import type { Class } from '../draw.ts';
import type { InputGroup } from '../input.ts';
import { answers, patience } from './answers.ts';
import { archives } from './archives.ts';
import { documents } from './documents.ts';
import { doors } from './doors.ts';
import { elsewhere } from './elsewhere.ts';
import { indexes } from './indexes.ts';
import { hidden } from './hidden.ts';
import { layers } from './layers.ts';
import { lies } from './lies.ts';
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

/** Groups for a suite whose database of advisories claims to be complete: nothing hides a false `healthy`. */
export const unguarded: readonly InputGroup[] = [hidden, lies];

/**
 * Each row of the threat table is a class. Inputs beyond the table form one class per group, and inputs that name their
 * classes belong to those.
 */
export const classesOf = (all: readonly InputGroup[]): Class[] => {
  const rows = all.flatMap(({ name: group, inputs }) =>
    inputs.flatMap((input) =>
      (input.classes ?? [input.row === 'beyond' ? `beyond: ${group}` : input.row]).map((name) => ({ name, input })),
    ),
  );
  return [...Map.groupBy(rows, ({ name }) => name)].map(([name, members]) => ({
    name,
    inputs: members.map(({ input }) => input),
  }));
};
