import { fixupSpdxId, isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX';

/** A license as an SPDX id, an SPDX expression of several, or a name that SPDX does not know. */
export type License = { readonly id: string } | { readonly expression: string } | { readonly name: string };

/** An id in the spelling of SPDX. The library looks names up in a plain object, which has a constructor. */
const idIn = (text: string): string | undefined => {
  const id = fixupSpdxId(text);
  return id !== undefined && isSupportedSpdxId(id) ? id : undefined;
};

/** Longer ones are texts, and whoever nests them deeply wants to be waited for. */
const longestExpression = 1_000;
const words = /[()]|[^\s()]+/g;

/** Parts of an expression, without exceptions (`WITH`): whoever writes one is taken by his words. */
const expressionIn = (text: string): string | undefined => {
  if (text.length > longestExpression) return undefined;
  const parts = (text.match(words) ?? []).map((word) => (/^(AND|OR|[()])$/.test(word) ? word : idIn(word)));
  if (parts.includes(undefined)) return undefined;
  // An id is i, and two that are joined are one.
  let shape = parts.map((part) => (/^[()]$/.test(part!) ? part! : /^(AND|OR)$/.test(part!) ? 'o' : 'i')).join('');
  for (let before = ''; before !== shape;) [before, shape] = [shape, shape.replaceAll(/ioi|\(i\)/g, 'i')];
  return shape === 'i' ? parts.join(' ').replaceAll('( ', '(').replaceAll(' )', ')') : undefined;
};

/** What the scanner calls a license, by the list of SPDX. */
export const licenseIn = (text: string): License => {
  const id = idIn(text.trim());
  if (id !== undefined) return { id };
  const expression = expressionIn(text);
  return expression === undefined ? { name: text } : { expression };
};
