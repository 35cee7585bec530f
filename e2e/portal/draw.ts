import { drawnByClass } from '../draw.ts';
import type { PortalCase } from './cases.ts';

/** The page of a case, and its kind: a state of the page, or what is done on it. */
const partsOf = ({ name }: Pick<PortalCase, 'name'>): readonly [page: string, kind: string] => {
  const at = name.indexOf(': ');
  return [name.slice(0, at), name.slice(at + 2)];
};

/** The names of the cases of each page and of each kind. */
export const portalClasses = (cases: readonly Pick<PortalCase, 'name'>[]): readonly (readonly string[])[] =>
  [0, 1].flatMap((part) => {
    const byPart = Map.groupBy(cases, (one) => partsOf(one)[part]!);
    return Array.from(byPart.values(), (members) => members.map(({ name }) => name));
  });

/**
 * Draws the share of the cases of each page and of each kind, and at least one.
 *
 * @returns the cases that are drawn, in their order
 */
export const drawnCases = <Case extends Pick<PortalCase, 'name'>>(
  cases: readonly Case[],
  draw: { readonly seed: number; readonly share: number },
): readonly Case[] => {
  if (draw.share >= 1) return cases;
  const names = drawnByClass(portalClasses(cases), draw);
  return cases.filter(({ name }) => names.has(name));
};
