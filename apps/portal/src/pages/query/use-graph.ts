import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiFailure } from '../../api/failure.ts';
import type { AskedList } from '../../api/use-answer.ts';
import { useSession } from '../../session/session.ts';
import { runQuery, type GraphPage } from './ask.ts';
import type { QueryRow } from './rows.ts';

/** An answer with the pages that were read so far. */
export interface GraphList extends AskedList<QueryRow, { readonly value: readonly QueryRow[] }> {
  readonly first: GraphPage | undefined;
}

/** Runs a query when it becomes another, or is run again; never by itself, for calls are counted. */
export const useGraph = (query: string, subscription: string, run: number): GraphList => {
  const { token } = useSession();
  const answer = useInfiniteQuery({
    queryKey: ['graph', query, subscription, run],
    queryFn: ({ pageParam, signal }) => runQuery(query, subscription, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ skipToken }: GraphPage) => skipToken,
    enabled: query.trim() !== '' && token !== undefined,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: (count, error) => error instanceof ApiFailure && error.status === 503 && count < 5,
  });
  const pages = answer.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.rows) ?? [], [pages]);
  const [first] = pages ?? [];
  const error = answer.error ?? answer.failureReason;
  return {
    first,
    data: first === undefined ? undefined : { value: first.rows },
    at: first?.at,
    asOf: undefined,
    failure:
      error === null ? undefined : error instanceof ApiFailure ? error : new ApiFailure(0, 'Unexpected', error.message),
    isPrevious: false,
    isFetching: answer.isFetching,
    retry: () => void answer.refetch(),
    rows,
    total: first?.total,
    hasMore: answer.hasNextPage,
    more: () => {
      if (answer.hasNextPage && !answer.isFetchingNextPage) void answer.fetchNextPage();
    },
  };
};
