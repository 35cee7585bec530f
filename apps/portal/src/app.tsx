import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, type ReactElement, type ReactNode } from 'react';
import { Route, Router, Switch, type AroundNavHandler } from 'wouter';
import { queries } from './api/use-answer.ts';
import { Skeleton } from './components/states.tsx';
import { Frame } from './frame/frame.tsx';
import { inScope, scopeIn } from './frame/in-scope.ts';
import { Boundary } from './frame/boundary.tsx';
import { NoPage } from './frame/no-page.tsx';
import { useScope } from './frame/scope.tsx';
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

const aroundNav: AroundNavHandler = (navigate, to, options) => navigate(inScope(to, scopeIn(location.search)), options);

/** The router of all pages, in which every link keeps the subscription of the address. */
const ScopedRouter = ({ children }: { readonly children: ReactNode }): ReactElement => {
  const scope = useScope();
  const hrefs = useCallback((href: string) => inScope(href, scope), [scope]);
  return (
    <Router base="/portal" hrefs={hrefs} aroundNav={aroundNav}>
      {children}
    </Router>
  );
};

export const App = (): ReactElement => (
  <QueryClientProvider client={queries}>
    <ScopedRouter>
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
    </ScopedRouter>
  </QueryClientProvider>
);
