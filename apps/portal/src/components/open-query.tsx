import type { ReactElement } from 'react';
import type { ListQuery } from '../kql/kql.ts';
import { wordFor } from '../text/format.ts';
import { texts } from '../texts.ts';
import { Button, ButtonLink } from './button.tsx';

/** A link to the query that gives the rows of a list. It stays where there is none, and names the filters in its way. */
export const OpenQuery = ({ of: { query, lacks } }: { readonly of: ListQuery }): ReactElement =>
  query === undefined ? (
    <Button look="quiet" prevented={texts.openQuery.lacks(lacks.map((filter) => wordFor(texts.filters.names, filter)))}>
      {texts.openQuery.open}
    </Button>
  ) : (
    <ButtonLink to={`/query?q=${encodeURIComponent(query)}`} look="quiet">
      {texts.openQuery.open}
    </ButtonLink>
  );
