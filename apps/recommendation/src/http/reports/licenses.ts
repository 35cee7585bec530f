import { fixupSpdxId, isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX';

/** A license as an SPDX id, an SPDX expression of several, or a name that SPDX does not know. */
export type License = { readonly id: string } | { readonly expression: string } | { readonly name: string };

/**
 * The id in the spelling of SPDX. Checked, since the library looks names up in a plain object, which has a
 * `constructor`.
 */
const idIn = (text: string): string | undefined => {
  const id = fixupSpdxId(text);
  return id !== undefined && isSupportedSpdxId(id) ? id : undefined;
};

/** A longer text is not an expression, and deep nesting would take too long. */
const longestExpression = 1_000;
const tokens = /[()]|[^\s()]+/g;

/** Parts of an expression. Exceptions (`WITH`) are not parsed; such a license stays a name. */
const expressionIn = (text: string): string | undefined => {
  if (text.length > longestExpression) return undefined;
  const parts: string[] = [];
  for (const token of text.match(tokens) ?? []) {
    const part = /^(AND|OR|[()])$/.test(token) ? token : idIn(token);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  // An id is `i`, an operator is `o`; reduce joined ids to one.
  let shape = parts.map((part) => (/^[()]$/.test(part) ? part : /^(AND|OR)$/.test(part) ? 'o' : 'i')).join('');
  for (let before = ''; before !== shape;) [before, shape] = [shape, shape.replaceAll(/ioi|\(i\)/g, 'i')];
  return shape === 'i' ? parts.join(' ').replaceAll('( ', '(').replaceAll(' )', ')') : undefined;
};

/** Maps the scanner's name of a license to the SPDX list. */
export const licenseIn = (text: string): License => {
  const id = idIn(text.trim());
  if (id !== undefined) return { id };
  const expression = expressionIn(text);
  return expression === undefined ? { name: text } : { expression };
};
