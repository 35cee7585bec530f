import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, type ReactElement, type ReactNode } from 'react';
import { Redirect, Route, Router, Switch, useLocation, type AroundNavHandler } from 'wouter';
import { useMe } from './api/use-me.ts';
import { queries } from './api/use-answer.ts';
import { Skeleton } from './components/states.tsx';
import { Frame } from './frame/frame.tsx';
import { inScope, scopeIn } from './frame/in-scope.ts';
import { Boundary } from './frame/boundary.tsx';
import { firstPage } from './frame/first-page.ts';
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

/** The page of the address. What fails in it leaves the frame as it is. */
const Shown = (): ReactElement => {
  const [path] = useLocation();
  const me = useMe();
  const first = firstPage(me?.operations ?? []);
  if (path === '/' && first !== '/') return <Redirect to={first} replace />;
  return (
    <Boundary path={path}>
      <Suspense fallback={<Skeleton />}>
        <Switch>
          {pages.map(({ path: pattern, Page }) => (
            <Route key={pattern} path={pattern}>
              <Page />
            </Route>
          ))}
          <Route>
            <NoPage />
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
};

export const App = (): ReactElement => (
  <QueryClientProvider client={queries}>
    <ScopedRouter>
      <AskAgain />
      <Frame>
        <Shown />
      </Frame>
    </ScopedRouter>
  </QueryClientProvider>
);
