import { mostExceptions, type MarkCode, type MarkException, type RegistryException } from '@assay/events';

/** The code of an exception for a job in trouble that names none. */
export const withoutCode = 'troubled' satisfies MarkCode;

/** The images and registries that a mark does not cover. */
export interface Exceptions {
  readonly except: readonly MarkException[];
  readonly registries: readonly RegistryException[];
}

export const countOf = ({ except, registries }: Exceptions): number => except.length + registries.length;

/** Names registries from the one with the most images on, since that leaves the fewest exceptions. */
const byNumberOfImages = (registriesOf: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const counts = new Map<string, number>();
  for (const ids of registriesOf.values()) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].toSorted(([a, many], [b, few]) => few - many || (a < b ? -1 : 1)).map(([id]) => id);
};

/**
 * Replaces images by registries, no more of them than needed. An image is only left out if all registries that have it
 * are named: in any other one it would count as covered.
 *
 * @param registriesOf the registries of the images that may be replaced, by digest
 * @returns the exceptions, which may still be too many
 */
export const byRegistry = (all: Exceptions, registriesOf: ReadonlyMap<string, readonly string[]>): Exceptions => {
  let replaced = all;
  const named = new Set<string>();
  for (const registryId of byNumberOfImages(registriesOf)) {
    if (countOf(replaced) <= mostExceptions) break;
    named.add(registryId);
    const isIn = ({ digest }: MarkException): boolean =>
      registriesOf.get(digest)?.every((each) => named.has(each)) ?? false;
    const reasonOf = (id: string): string =>
      all.except.find(({ digest }) => registriesOf.get(digest)?.includes(id))?.reason ?? withoutCode;
    replaced = {
      except: all.except.filter((each) => !isIn(each)),
      registries: [
        ...all.registries,
        ...[...named]
          .filter((id) => all.registries.every((known) => known.registryId !== id))
          .map((id) => ({ registryId: id, reason: reasonOf(id) })),
      ],
    };
  }
  return replaced;
};
