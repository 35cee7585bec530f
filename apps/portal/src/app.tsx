import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, type ReactElement } from 'react';
import { Route, Router, Switch } from 'wouter';
import { queries } from './api/use-answer.ts';
import { Skeleton } from './components/states.tsx';
import { Frame } from './frame/frame.tsx';
import { Boundary } from './frame/boundary.tsx';
import { NoPage } from './frame/no-page.tsx';
import { pages } from './pages/pages.ts';
import { useSession } from './session/session.ts';

/** After a sign-in everything is asked again, for the answers were those of another caller. */
const AskAgain = (): null => {
  const { token } = useSession();
  useEffect(() => {
    if (token === undefined) queries.clear();
    else void queries.invalidateQueries();
  }, [token]);
  return null;
};

export const App = (): ReactElement => (
  <QueryClientProvider client={queries}>
    <Router base="/portal">
      <AskAgain />
      <Frame>
        <Boundary>
          <Suspense fallback={<Skeleton />}>
            <Switch>
              {pages.map(({ path, Page }) => (
                <Route key={path} path={path}>
                  <Page />
                </Route>
              ))}
              <Route>
                <NoPage />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </Frame>
    </Router>
  </QueryClientProvider>
);
