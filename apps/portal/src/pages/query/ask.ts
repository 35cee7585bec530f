import { fetchWithToken } from '../../api/client.ts';
import { failureOf } from '../../api/failure.ts';
import { refusalOf } from './refusal.ts';
import type { QueryColumn, QueryRow } from './rows.ts';

/** Address of the queries; every version has the same shapes. */
export const graphPath = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';

/** A page of an answer. */
export interface GraphPage {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly QueryRow[];
  readonly total: number;
  readonly skipToken: string | undefined;
  readonly isCut: boolean;
  /** The moment that the rows are about. */
  readonly asOf: string | undefined;
  /** Number of queries that the caller may still send. */
  readonly left: string | undefined;
  readonly ms: number;
  readonly at: number;
}

export const bodyOf = (query: string, subscription: string, skipToken?: string): object => ({
  query,
  ...(subscription === '' ? {} : { subscriptions: [subscription] }),
  options: { resultFormat: 'table', ...(skipToken === undefined ? {} : { $skipToken: skipToken }) },
});

interface Answer {
  readonly totalRecords: number;
  readonly resultTruncated: string;
  readonly $skipToken?: string;
  readonly data: { readonly columns: readonly QueryColumn[]; readonly rows: readonly QueryRow[] };
}

/**
 * Runs a query.
 * @throws QueryRefused if the service does not take it, ApiFailure for every other failure
 */
export const runQuery = async (
  query: string,
  subscription: string,
  skipToken: string | undefined,
  signal: AbortSignal,
): Promise<GraphPage> => {
  const began = performance.now();
  const response = await fetchWithToken(
    new Request(new URL(graphPath, location.origin), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(query, subscription, skipToken)),
      signal,
    }),
  );
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusalOf(failureOf(response, body), body);
  const { totalRecords, resultTruncated, $skipToken, data } = body as Answer;
  return {
    ...data,
    total: totalRecords,
    skipToken: $skipToken,
    isCut: resultTruncated === 'true',
    asOf: response.headers.get('x-assay-as-of') ?? undefined,
    left: response.headers.get('x-ms-user-quota-remaining') ?? undefined,
    ms: performance.now() - began,
    at: Date.now(),
  };
};
