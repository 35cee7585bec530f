import { drawnByClass } from '../draw.ts';

/** The operations of an API document, by path and method. */
export interface OperationsDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly tags?: readonly string[] }>>>
  >;
}

/** The ids of the operations of each part of the API and of each method. */
export const operationClasses = ({ paths }: OperationsDocument): readonly (readonly string[])[] => {
  const classes = new Map<string, Set<string>>();
  for (const path of Object.values(paths))
    for (const [method, { operationId, tags = [] }] of Object.entries(path))
      for (const name of [method, ...tags]) {
        const members = classes.get(name) ?? new Set();
        classes.set(name, members.add(operationId));
      }
  return Array.from(classes.values(), (members) => [...members]);
};

/** @returns the ids of the operations that the seed draws: a share of each class, and at least one */
export const drawnOperations = (
  document: OperationsDocument,
  draw: { readonly seed: number; readonly share: number },
): readonly string[] => [...drawnByClass(operationClasses(document), draw)].toSorted();
