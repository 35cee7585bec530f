import { drawnByClass } from '../draw.ts';
import type { Input } from './input.ts';

/** Inputs that attack in the same way. */
export interface Class {
  readonly name: string;
  readonly inputs: readonly Input[];
}

export interface InputDraw {
  readonly seed: number;
  readonly share: number;
}

/**
 * Draws the share of each class, and at least one input, over all sandboxes. An input may be drawn for one sandbox
 * only. An input of several classes counts in each of them.
 * @returns whether an input is to run in a sandbox
 */
export const drawn = (
  classes: readonly Class[],
  drivers: readonly string[],
  draw: InputDraw,
): ((input: Input, driver: string) => boolean) => {
  const nameOf = (driver: string, { row, title }: Input): string => `${driver} ${row} ${title}`;
  const names = drawnByClass(
    classes.map(({ inputs }) => drivers.flatMap((driver) => inputs.map((input) => nameOf(driver, input)))),
    draw,
  );
  return (input, driver) => names.has(nameOf(driver, input));
};
