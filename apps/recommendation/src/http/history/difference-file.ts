import { descriptionsOf } from '@assay/read-model/intake/vulnerabilities';
import type { Writer } from '@assay/read-model/store/writer';
import { differenceOf, packageDifference, type Moment } from '../../domain/difference.ts';
import { packagesIn } from '../reports/document.ts';
import { findingShown, momentShown, packagesShown } from './history.response.ts';
import type { ReadMoment } from './moments.ts';

export interface ComparedMoments {
  readonly before: ReadMoment;
  readonly after: ReadMoment;
  /** Entries of each list. */
  readonly top: number;
}

/** With its packages, or with the code for which they are not known. */
const withPackages = ({ inventory, ...moment }: ReadMoment): Omit<ReadMoment, 'inventory'> & Moment => {
  if (inventory === undefined) return moment;
  try {
    // All else of two large inventories does not fit into memory at once.
    const packages = packagesIn(inventory).map(({ type, name, version, path }) => ({
      type,
      name,
      version,
      ...(path === undefined ? {} : { path }),
    }));
    return { ...moment, packages };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined) throw error;
    return { ...moment, packagesUnknown: code };
  }
};

/** The difference of two moments. */
export const differenceFile: Writer<ComparedMoments> = {
  module: import.meta.url,
  name: 'differenceFile',
  write: async ({ query, out }, input) => {
    const { top } = input;
    const [before, after] = [withPackages(input.before), withPackages(input.after)];
    const { gone, added, changed, same } = differenceOf(before, after);
    const shown = { gone: gone.slice(0, top), added: added.slice(0, top), changed: changed.slice(0, top) };
    const listed = [
      ...[...shown.gone, ...shown.added].map(({ finding }) => finding),
      ...shown.changed.map((pair) => pair.after),
    ];
    const titles = await descriptionsOf(
      query,
      listed.map(({ vulnerability }) => vulnerability),
    );
    const difference = {
      from: momentShown(before),
      to: momentShown(after),
      counts: { gone: gone.length, new: added.length, changed: changed.length, same },
      gone: shown.gone.map(({ finding, ...why }) => ({ ...findingShown(finding, titles), ...why })),
      new: shown.added.map(({ finding, ...why }) => ({ ...findingShown(finding, titles), ...why })),
      changed: shown.changed.map((pair) => ({
        before: findingShown(pair.before, titles),
        after: findingShown(pair.after, titles),
      })),
      same,
      ...(before.packages && after.packages
        ? { packages: packagesShown(packageDifference(before.packages, after.packages), top) }
        : {}),
    };
    await out(JSON.stringify(difference));
  },
};
