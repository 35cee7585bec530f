import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useAsOf } from '../api/as-of.ts';
import { useChangeStream } from '../api/changes.ts';
import { useSilentSince } from '../api/silence.ts';
import { useMe } from '../api/use-me.ts';
import { rememberFirstKey, useShortcuts } from '../hooks/use-shortcuts.ts';
import { pages } from '../pages/pages.ts';
import { SignIn } from '../session/sign-in.tsx';
import { Ago, Moment } from '../text/time.tsx';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import { Account } from './account.tsx';
import { Help } from './help.tsx';
import markUrl from './mark.svg';
import { Search } from './search.tsx';
import { Scope } from './scope.tsx';
import styles from './frame.module.css';

const inNavigation = pages.filter(({ key }) => key !== undefined);

const isWithin = (path: string, base: string): boolean =>
  base === '/' ? path === '/' : path === base || path.startsWith(`${base}/`);

/** Old data and demonstration data are named over every page. */
const Notices = (): ReactElement | null => {
  const asOf = useAsOf();
  const silentSince = useSilentSince();
  const me = useMe();
  if (asOf === undefined && silentSince === undefined && !me?.demonstration) return null;
  const silent = silentSince === undefined ? undefined : new Date(silentSince).toISOString();
  return (
    <section className={styles.notices} aria-label={texts.frame.notices}>
      {silent === undefined ? null : (
        <p role="alert">
          {texts.frame.silent} <Moment at={silent} /> (<Ago at={silent} />
          ). {texts.frame.cutOffMeaning}
        </p>
      )}
      {asOf === undefined ? null : (
        <p role="alert">
          {texts.frame.cutOff} <Moment at={asOf} /> (<Ago at={asOf} />
          ). {texts.frame.cutOffMeaning}
        </p>
      )}
      {me?.demonstration ? <p>{texts.frame.demonstration}</p> : null}
    </section>
  );
};

/** The surroundings of every page: navigation, search, the caller, and how old the answers are. */
export const Frame = ({ children }: { readonly children: ReactNode }): ReactElement => {
  const [path, navigate] = useLocation();
  const [isHelping, setHelping] = useState(false);
  const me = useMe();
  useChangeStream();
  useEffect(rememberFirstKey, []);
  const navigation = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!history.state) scrollTo(0, 0);
    const bar = navigation.current;
    const link = bar?.querySelector<HTMLElement>('[aria-current]');
    if (bar && link) bar.scrollLeft = link.offsetLeft - bar.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
  }, [path]);
  useShortcuts({
    ...Object.fromEntries(inNavigation.map(({ key, path: target }) => [`g ${key}`, () => navigate(target)])),
    '/': () => document.getElementById('search')?.focus(),
    '?': () => setHelping(true),
  });
  return (
    <div className={styles.frame}>
      <a href="#main" className={styles.skip}>
        {texts.frame.skip}
      </a>
      <header className={styles.header}>
        <Link href="/" className={styles.brand ?? ''} aria-label={texts.frame.home}>
          <img src={markUrl} alt="" width="22" height="22" />
          <span>Assay</span>
        </Link>
        <nav ref={navigation} className={styles.nav} aria-label={texts.frame.navigation}>
          {inNavigation.map(({ path: target, name, key }) => (
            <Link
              key={target}
              href={target}
              aria-current={isWithin(path, target) ? 'page' : undefined}
              title={texts.frame.goKey(key ?? '')}
            >
              {texts.pages[name]}
            </Link>
          ))}
        </nav>
        <Search />
        <Scope />
        <Account openHelp={() => setHelping(true)} />
      </header>
      <Notices />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <footer className={styles.footer}>
        <span>{texts.frame.slogan}</span>
        {me === undefined ? null : <span>{harmless(me.version)}</span>}
        <a href="/docs">{texts.frame.api}</a>
        <button type="button" onClick={() => setHelping(true)}>
          {texts.help.title} <kbd>?</kbd>
        </button>
      </footer>
      <Help isOpen={isHelping} close={() => setHelping(false)} />
      <SignIn />
    </div>
  );
};
