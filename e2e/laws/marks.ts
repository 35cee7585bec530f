import type { Announcements } from './announcements.ts';
import type { NamedDatabase } from './missed.ts';
import type { ReadRecord } from './records.ts';

/** The data of a mark. */
export interface MarkContent {
  readonly scanner: string;
  readonly database: NamedDatabase;
  /** Offset of the announcement. */
  readonly announced: number;
  readonly except: readonly { readonly digest: string; readonly reason: string }[];
  /** Registries of whose images it covers none, in lower case. */
  readonly registries?: readonly { readonly registryId: string; readonly reason: string }[];
}

/** True if a mark excepts an image in a registry. */
export const isExcepted = (
  { except, registries = [] }: Pick<MarkContent, 'except' | 'registries'>,
  digest: string,
  registryId: string,
): boolean =>
  except.some((each) => each.digest === digest) ||
  registries.some((each) => each.registryId === registryId.toLowerCase());

export const markIn = ({ value }: ReadRecord): MarkContent => JSON.parse(value) as MarkContent;

const mostExceptions = 200;

/** Faults of a mark by itself, and against the one before it in its partition. */
export const faultsOfMark = (
  { announced, database, except, registries = [] }: MarkContent,
  before: MarkContent | undefined,
  announcements: Announcements,
): string[] => {
  const faults: string[] = [];
  const named = announcements.of(announced)?.digest;
  if (named !== database.digest) faults.push(`names the announcement ${announced}, which is ${named ?? 'none'}`);
  const exceptions = except.length + registries.length;
  if (exceptions > mostExceptions) faults.push(`has ${exceptions} exceptions`);
  if (new Set(registries.map(({ registryId }) => registryId)).size < registries.length)
    faults.push('excepts a registry twice');
  if (new Set(except.map(({ digest }) => digest)).size < except.length) faults.push('excepts an image twice');
  if (before && before.announced > announced) faults.push(`comes after one of announcement ${before.announced}`);
  return faults;
};
