import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useQuery,
  type QueryKey,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSession } from '../session/session.ts';
import { skipTokenIn, type Answer } from './client.ts';
import { ApiFailure } from './failure.ts';

/** An answer that a page asked for, and how far it is to be trusted. */
export interface Asked<Data> {
  /** The last answer with code 200, also while a newer one is asked for or has failed. */
  readonly data: Data | undefined;
  /** When that answer arrived, ms since the epoch. */
  readonly at: number | undefined;
  /** The moment that it is about, if the service was cut off. */
  readonly asOf: string | undefined;
  /** Why the newest request failed. */
  readonly failure: ApiFailure | undefined;
  /** True if `data` answers another request, such as that before a filter was set. */
  readonly isPrevious: boolean;
  readonly isFetching: boolean;
  retry(): void;
}

/** A 503 passes, and the page keeps what it has until then. */
const retries = (count: number, error: Error): boolean =>
  error instanceof ApiFailure && error.mayPass && count < (error.status === 503 ? 60 : 3);

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: retries,
      retryDelay: (attempt) => Math.min(5000, 500 * 2 ** attempt),
      staleTime: 5000,
      // 401 is answered by signing in, after which everything is asked again.
      refetchOnWindowFocus: true,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const failureIn = (error: Error | null): ApiFailure | undefined =>
  error === null ? undefined : error instanceof ApiFailure ? error : new ApiFailure(0, 'Unexpected', error.message);

const asked = <Data>(query: UseQueryResult<Answer<Data>>): Asked<Data> => ({
  data: query.data?.data,
  at: query.data?.at,
  asOf: query.data?.asOf,
  failure: failureIn(query.error ?? query.failureReason),
  isPrevious: query.isPlaceholderData,
  isFetching: query.isFetching,
  retry: () => void query.refetch(),
});

export interface AskOptions {
  /** Asks again after so many ms while the page is seen. */
  readonly every?: number;
  /** Does not ask while this is false. */
  readonly enabled?: boolean;
}

/**
 * Asks the API, and again when the page is looked at later.
 * @param key of the cache: the path, then its parameters
 */
export const useAnswer = <Data>(
  key: QueryKey,
  ask: (signal: AbortSignal) => Promise<Answer<Data>>,
  { every, enabled = true }: AskOptions = {},
): Asked<Data> => {
  const { token } = useSession();
  return asked(
    useQuery({
      queryKey: key,
      queryFn: ({ signal }) => ask(signal),
      placeholderData: keepPreviousData,
      enabled: enabled && token !== undefined,
      ...(every === undefined ? {} : { refetchInterval: every }),
    }),
  );
};

/** A page of a list, as the API sends it. */
export interface Page<Row> {
  readonly value: readonly Row[];
  /** Number of rows in all pages, if it is counted. */
  readonly total?: number | undefined;
  readonly nextLink?: string | undefined;
}

/** All pages of a list that were read so far. */
export interface AskedList<Row, Whole extends Page<Row>> extends Asked<Whole> {
  readonly rows: readonly Row[];
  /** Total of the answer; without one, undefined while there are more pages. */
  readonly total: number | undefined;
  readonly hasMore: boolean;
  more(): void;
}

/**
 * Reads a list page by page.
 * @param ask for the page of a token of `nextLink`; the first page has none
 */
export const useList = <Row, Whole extends Page<Row> = Page<Row>>(
  key: QueryKey,
  ask: (skipToken: string | undefined, signal: AbortSignal) => Promise<Answer<Whole>>,
  { every, enabled = true }: AskOptions = {},
): AskedList<Row, Whole> => {
  const { token } = useSession();
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ data }: Answer<Whole>) => skipTokenIn(data.nextLink),
    placeholderData: keepPreviousData,
    enabled: enabled && token !== undefined,
    // A list that was read far would be asked for whole, page by page.
    refetchInterval: ({ state: { data } }) => (every !== undefined && (data?.pages.length ?? 0) <= 2 ? every : false),
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => pages?.flatMap(({ data }) => data.value) ?? [], [pages]);
  const first = pages?.[0];
  return {
    data: first?.data,
    at: pages?.at(-1)?.at,
    asOf: first?.asOf,
    failure: failureIn(query.error ?? query.failureReason),
    isPrevious: query.isPlaceholderData,
    isFetching: query.isFetching,
    retry: () => void query.refetch(),
    rows,
    total: first === undefined ? undefined : (first.data.total ?? (query.hasNextPage ? undefined : rows.length)),
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
  };
};
