import type { Announcements } from './announcements.ts';
import type { ReadRecord } from './records.ts';

/** The data of a mark. */
export interface MarkContent {
  readonly scanner: string;
  readonly database: { readonly digest: string };
  /** Offset of the announcement. */
  readonly announced: number;
  readonly except: readonly { readonly digest: string; readonly reason: string }[];
}

export const markIn = ({ value }: ReadRecord): MarkContent => JSON.parse(value) as MarkContent;

const mostExceptions = 200;

/** Faults of a mark by itself, and against the one before it in its partition. */
export const faultsOfMark = (
  { announced, database, except }: MarkContent,
  before: MarkContent | undefined,
  announcements: Announcements,
): string[] => {
  const faults: string[] = [];
  const named = announcements.of(announced)?.digest;
  if (named !== database.digest) faults.push(`names the announcement ${announced}, which is ${named ?? 'none'}`);
  if (except.length > mostExceptions) faults.push(`has ${except.length} exceptions`);
  if (new Set(except.map(({ digest }) => digest)).size < except.length) faults.push('excepts an image twice');
  if (before && before.announced > announced) faults.push(`comes after one of announcement ${before.announced}`);
  return faults;
};
