import type { ScannerRegistration } from './registration.ts';
import type { ImageScanner, ScanOutcome } from './scanner.ts';

/**
 * Marks a system that the scanner has no advisories for as unknown. Without findings such an image must not be healthy,
 * even if another scanner knows the system.
 */
export const withKnownSystems = (
  scanner: ImageScanner,
  { families }: Pick<ScannerRegistration, 'families'>,
): ImageScanner => {
  const known: ReadonlySet<string> = new Set(families.map((family) => family.toLowerCase()));
  const marked = (outcome: ScanOutcome): ScanOutcome =>
    outcome.outcome === 'succeeded' && outcome.os !== undefined && !known.has(outcome.os.family.toLowerCase())
      ? { ...outcome, os: { ...outcome.os, known: false } }
      : outcome;
  const rematch = scanner.rematch?.bind(scanner);
  const { together } = scanner;
  return {
    identity: scanner.identity,
    database: scanner.database,
    scan: async (layoutDir, expected, options) => marked(await scanner.scan(layoutDir, expected, options)),
    ...(rematch && { rematch: async (...args) => marked(await rematch(...args)) }),
    ...(together && {
      together: {
        arranged: (inventories) => together.arranged(inventories),
        match: async (...args) => (await together.match(...args)).map(marked),
      },
    }),
  };
};
