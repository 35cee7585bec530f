import { RegistryError, type Manifest } from '@assay/registry';
import type { DatabaseSource } from './sources.ts';

/** A source that has not answered by then is left out, ms. */
const askMs = 10_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Makes the time limit of a question. */
export type Deadline = () => AbortSignal;
const tenSeconds: Deadline = () => AbortSignal.timeout(askMs);

/** The answer of a source, or the reason why there is none. */
export type SourceAnswer<Answer> = { readonly source: DatabaseSource } & (
  | { readonly answer: Answer }
  | { readonly error: unknown }
);

/** Asks all sources at the same time. One that hangs, or answers drop by drop, holds up no other. */
export const askAll = async <Answer>(
  sources: readonly DatabaseSource[],
  ask: (source: DatabaseSource, signal: AbortSignal) => Promise<Answer>,
  { signal, deadline = tenSeconds }: { signal?: AbortSignal | undefined; deadline?: Deadline | undefined } = {},
): Promise<readonly SourceAnswer<Answer>[]> =>
  Promise.all(
    sources.map(async (source) => {
      const ending = AbortSignal.any([deadline(), ...(signal ? [signal] : [])]);
      const { promise: ended, reject } = Promise.withResolvers<never>();
      const end = (): void =>
        reject(new RegistryError('timeout', `no answer within ${askMs / 1000} s`, { cause: ending.reason }));
      ending.addEventListener('abort', end);
      if (ending.aborted) end();
      try {
        return { source, answer: await Promise.race([ended, ask(source, ending)]) };
      } catch (error) {
        return { source, error };
      } finally {
        ending.removeEventListener('abort', end);
      }
    }),
  );

/** A database that was announced; by its layer it is recognised at a source. */
export interface KnownDatabase {
  readonly layer: string | undefined;
  readonly builtAt: string;
}

/** The database that a source offers by its manifest. */
export interface Offer {
  readonly source: DatabaseSource;
  readonly layer: string | undefined;
  /** ms since the epoch; undefined if it is not known. */
  readonly datedAt: number | undefined;
  readonly kind: 'newer' | 'undated' | 'in-use' | 'older';
}

/** Dates of a manifest that no database has are none: some tools write 1970. */
const earliestMs = Date.UTC(2000);

/** The date of a manifest is one that its publisher wrote. A known database has its own in every packing. */
const datedAtOf = (
  { document }: Manifest,
  layer: string | undefined,
  known: readonly KnownDatabase[],
  now: number,
): number | undefined => {
  const found = layer === undefined ? undefined : known.find((each) => each.layer === layer);
  if (found) return Date.parse(found.builtAt);
  const text = document.kind === 'schema1' ? undefined : document.annotations?.['org.opencontainers.image.created'];
  const at = Date.parse(text ?? '');
  // One of the future would make every other source look late.
  return at > earliestMs && at <= now + hourMs ? at : undefined;
};

const order: readonly Offer['kind'][] = ['newer', 'undated', 'in-use', 'older'];

/**
 * The offers in the order in which they are tried: newer ones, the newest first; those without a date, which may be
 * news; the one in use; older ones.
 * @param known the databases that were announced, the one in use first
 */
export const offersIn = (
  answered: readonly SourceAnswer<Manifest>[],
  known: readonly KnownDatabase[],
  now: number,
): readonly Offer[] => {
  const [inUse] = known;
  const inUseAt = inUse ? Date.parse(inUse.builtAt) : -Infinity;
  return answered
    .flatMap((each): readonly Offer[] => {
      if (!('answer' in each)) return [];
      const { source, answer } = each;
      const layer = answer.document.kind === 'image' ? answer.document.layers[0]?.digest : undefined;
      const datedAt = datedAtOf(answer, layer, known, now);
      const isInUse = layer !== undefined && layer === inUse?.layer;
      const dated = datedAt === undefined ? 'undated' : datedAt > inUseAt ? 'newer' : 'older';
      return [{ source, layer, datedAt, kind: isInUse ? 'in-use' : dated }];
    })
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (b.datedAt ?? 0) - (a.datedAt ?? 0));
};

const what = { vulnerabilities: 'vulnerability', java: 'Java' } as const;
const shown = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/**
 * The sources that lag behind the newest one by more than a day, in one line each.
 * @param builtAt date of the database that is in use now
 */
export const laggingIn = (offers: readonly Offer[], builtAt: string | undefined): readonly string[] => {
  const newest = Math.max(Date.parse(builtAt ?? '') || 0, ...offers.map(({ datedAt = 0 }) => datedAt));
  return offers.flatMap(({ source, datedAt }) =>
    datedAt === undefined || newest - datedAt <= dayMs
      ? []
      : [
          `the source ${source.name} has the ${what[source.kind]} database of ${shown(datedAt)}, and there is one of ` +
            shown(newest),
        ],
  );
};
