import { longPages, type ImageRegistry } from '../outside/registry.ts';

export const sweepLaws = {
  swept: 'every registry is swept on time',
  readOn: 'a sweep reads on where the last one ended',
} as const;

/**
 * Unfinished work of sweeps in schedules with endless listings, by the law that is broken if it is never done.
 * @param since ms since the epoch: each registry is to be asked after it
 */
export const unswept = (
  registries: readonly ImageRegistry[],
  since: number,
): { readonly law: string; readonly detail: string }[] =>
  registries.flatMap(({ loginServer, pages, listed: { at, part } }) => [
    ...(at > since ? [] : [{ law: sweepLaws.swept, detail: `no sweep has asked ${loginServer}` }]),
    ...(part >= Math.min(pages, longPages)
      ? []
      : [{ law: sweepLaws.readOn, detail: `no sweep of ${loginServer} has come further than ${part + 1} pages` }]),
  ]);
