import { archives } from './archives.ts';
import { builders } from './builders.ts';
import { compiled } from './compiled.ts';
import { java } from './java.ts';
import { node } from './node.ts';
import { others } from './others.ts';
import { python } from './python.ts';
import type { Recipe } from './recipe.ts';
import { systems } from './systems.ts';

export const recipes: readonly Recipe[] = [
  ...archives,
  ...builders,
  ...systems,
  ...node,
  ...python,
  ...java,
  ...compiled,
  ...others,
];
