import type { ClassifiedFinding, Database, Finding } from '@assay/events';
import { layersKey } from './emitted.ts';
import { sightingKey } from './findings.ts';
import type { EmittedPlacement, KeptFinding, Received, StandingSet } from './state.ts';

/**
 * A database with a hole looks like one whose advisories were withdrawn. It takes no finding away until one agrees that
 * was built so much later.
 */
const agreesAfterMs = 24 * 60 * 60_000;

const agrees = ({ builtAt }: Pick<Database, 'builtAt'>, { removedBy }: KeptFinding): boolean =>
  Date.parse(builtAt) >= Date.parse(removedBy.builtAt) + agreesAfterMs;

/**
 * True if what a result misses may be due to its database alone. Another build or form may well see less. An older
 * database takes the place of a newer one only by an order, such as a recall of one with advisories that are wrong.
 */
const isNewerDatabase = (before: StandingSet, after: StandingSet): boolean => {
  const [{ database: one, scanner }, { database: other, scanner: build }] = [before.facts, after.facts];
  return (
    one.digest !== other.digest &&
    Date.parse(other.builtAt) >= Date.parse(one.builtAt) &&
    scanner.digest === build.digest &&
    before.form === after.form
  );
};

/**
 * The findings beside a set: those of the set before, and those kept before, that it misses. Each waits for a database
 * that agrees with the one that missed it first.
 */
export const keptAfter = (
  { set: before, kept = [] }: Pick<Received, 'set' | 'kept'>,
  set: StandingSet,
): readonly KeptFinding[] => {
  if (before === undefined || (kept.length === 0 && before.findings === set.findings)) return [];
  const { database, startedAt } = set.facts;
  const removal = {
    removedBy: { at: startedAt, database: database.digest, builtAt: database.builtAt },
    since: set.result,
  };
  const found = new Set(set.findings.map(sightingKey));
  return [
    ...kept.filter((each) => !agrees(database, each)),
    ...(isNewerDatabase(before, set) ? before.findings.map((finding) => ({ finding, ...removal })) : []),
  ]
    .filter(({ finding }) => !found.has(sightingKey(finding)))
    .map(({ finding, ...of }) => ({ finding: inLayers(finding, before.layers, set.layers), ...of }));
};

/** A finding with the position of its layer in another list, or without one if the list lacks the layer. */
const inLayers = (finding: Finding, before: readonly string[], after: readonly string[]): Finding => {
  if (finding.layer === undefined || layersKey(before) === layersKey(after)) return finding;
  const { layer, ...rest } = finding;
  const position = after.indexOf(before[layer] ?? '');
  return position < 0 ? rest : { ...rest, layer: position };
};

/**
 * The findings that are kept still: no database agreed, neither that on which the set stands now nor one before it. By
 * one before it, the image was classified without them since they are missed.
 */
export const stillKept = (
  kept: readonly KeptFinding[],
  emitted: EmittedPlacement | undefined,
  database: Pick<Database, 'builtAt'>,
): readonly (Finding & Pick<ClassifiedFinding, 'advisoryRemoved'>)[] => {
  if (kept.length === 0) return [];
  const last = emitted?.last?.result ?? 0;
  const shown = new Set(emitted?.findings.map(sightingKey));
  const isOver = ({ finding, since }: KeptFinding): boolean => last >= since && !shown.has(sightingKey(finding));
  return kept
    .filter((each) => !agrees(database, each) && !isOver(each))
    .map(({ finding, removedBy: { at, database: digest } }) => ({
      ...finding,
      advisoryRemoved: { at, database: digest },
    }));
};

/** The number of findings that are kept although their advisories are gone. */
export const countOfKept = (findings: readonly ClassifiedFinding[]): number =>
  findings.filter(({ advisoryRemoved }) => advisoryRemoved !== undefined).length;
