import type { ReactElement } from 'react';
import type { ListQuery } from '../kql/kql.ts';
import { wordFor } from '../text/format.ts';
import { texts } from '../texts.ts';
import { Button, ButtonLink } from './button.tsx';
import { inAddress } from '../text/in-address.ts';

/** A link to the query that gives the rows of a list. Without one it stays, and names the filters in its way. */
export const OpenQuery = ({
  of: { query, lacks },
  children = texts.openQuery.open,
}: {
  readonly of: ListQuery;
  readonly children?: string;
}): ReactElement =>
  query === undefined ? (
    <Button look="quiet" prevented={texts.openQuery.lacks(lacks.map((filter) => wordFor(texts.filters.names, filter)))}>
      {children}
    </Button>
  ) : (
    <ButtonLink to={`/query?q=${inAddress(query)}`} look="quiet">
      {children}
    </ButtonLink>
  );
