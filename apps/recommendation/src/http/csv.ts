import Negotiator from 'negotiator';
import { headerOf, type ArmReply, type ArmRequest } from '@assay/http';
import type { FileHead } from './lanes.ts';
import { oneIn } from './list-query.ts';

/** A moment without colons, which names of files must not have on all systems: `20261124T091503Z`. */
const momentIn = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** True if a client asks for all rows as CSV: by `format=csv`, or because it accepts CSV rather than JSON. */
export const wantsCsv = (request: ArmRequest, reply: ArmReply): boolean => {
  reply.header('vary', 'Accept');
  const format = oneIn(request, 'format', ['csv', 'json']);
  if (format !== undefined) return format === 'csv';
  const accept = headerOf(request, 'accept');
  return (
    new Negotiator({ headers: accept ? { accept } : {} }).mediaType(['application/json', 'text/csv']) === 'text/csv'
  );
};

/**
 * The head of a CSV file. Its name ends with the moment of the rows, since a file has no header to show its age.
 * @param asOf ms since the epoch
 */
export const csvHead = (name: string, asOf: number): FileHead => ({
  type: 'text/csv; charset=utf-8; header=present',
  disposition: `attachment; filename="${name}-${momentIn(asOf)}.csv"`,
});
