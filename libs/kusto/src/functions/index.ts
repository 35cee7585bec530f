import { choiceFunctions } from './choice.ts';
import { conversionFunctions } from './conversion.ts';
import { dynamicFunctions } from './dynamic.ts';
import type { Functions } from './function.ts';
import { numberFunctions } from './number.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';

const all: Functions = {
  ...textFunctions,
  ...conversionFunctions,
  ...choiceFunctions,
  ...timeFunctions,
  ...numberFunctions,
  ...dynamicFunctions,
};

/** Every function that an expression may call, by name. */
export const functions: Functions = Object.assign(Object.create(null) as object, all);
