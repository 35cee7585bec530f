import { useEffect, useState, type ReactElement } from 'react';
import { useLocation } from 'wouter';
import { searchTexts as words } from '../pages/search/texts.ts';
import { numberText } from '../text/format.ts';
import { Name } from '../text/name.tsx';
import { texts } from '../texts.ts';
import { hitsOf, useFound, type Hit } from './found.ts';
import { resultsOf, targetOf } from './search-target.ts';
import styles from './search.module.css';

/** Pause in typing after which the hits are asked for. */
const pauseMs = 200;
/** Hits of each kind; the page of the search has more. */
const shownHits = 4;

const idOf = (at: number): string => `search-hit-${at}`;

/** Leads to a page by its name. The hits are a list below the field, for the arrow keys and for a pointer. */
export const Search = (): ReactElement => {
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, isPrevious } = useFound(asked, shownHits);
  const found = data !== undefined && !isPrevious && asked !== '' && asked === text.trim() ? data : undefined;
  const kinds = found === undefined ? [] : hitsOf(asked, found);
  const all: Hit = { name: words.all(asked), href: resultsOf(asked) };
  const hits = found === undefined ? [] : [...kinds.flatMap((kind) => kind.hits), all];
  const isShown = isOpen && found !== undefined;
  const leave = (target: string): void => {
    setText('');
    setOpen(false);
    setActive(-1);
    navigate(target);
  };
  const option = (hit: Hit): ReactElement => {
    const at = hits.findIndex(({ href }) => href === hit.href);
    return (
      <a
        key={hit.href}
        id={idOf(at)}
        role="option"
        tabIndex={-1}
        aria-selected={at === active}
        href={`/portal${hit.href}`}
        // The field keeps the focus.
        onMouseDown={(event) => event.preventDefault()}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey) return;
          event.preventDefault();
          leave(hit.href);
        }}
      >
        <Name of={hit.name} />{' '}
        {hit.images === undefined ? null : <span className={styles.count}>{words.images(hit.images)}</span>}
      </a>
    );
  };
  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        const target = (isShown ? hits[active]?.href : undefined) ?? targetOf(text);
        if (target !== undefined) leave(target);
      }}
      onBlur={() => setOpen(false)}
    >
      <input
        id="search"
        type="search"
        role="combobox"
        aria-expanded={isShown}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? idOf(active) : undefined}
        value={text}
        onFocus={() => setOpen(true)}
        onChange={({ target }) => {
          setText(target.value);
          setActive(-1);
          setOpen(true);
        }}
        onKeyDown={(event) => {
          const { key, currentTarget } = event;
          if (key === 'Escape' && isShown) setOpen(false);
          else if (key === 'Escape') currentTarget.blur();
          else if (isShown && (key === 'ArrowDown' || key === 'ArrowUp')) {
            const next = active + (key === 'ArrowDown' ? 1 : -1);
            // Before the first is the text itself.
            setActive(next >= hits.length ? -1 : next < -1 ? hits.length - 1 : next);
          } else return;
          event.preventDefault();
        }}
        placeholder={texts.frame.search}
        aria-label={texts.frame.search}
        autoComplete="off"
        spellCheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
      <div className={styles.hits} hidden={!isShown}>
        <div id="search-hits" role="listbox" aria-label={texts.frame.search}>
          {kinds.map(({ kind, total, hits: ofKind }) => (
            <div key={kind} role="group" aria-label={`${words.kinds[kind]} ${numberText(total)}`}>
              <div className={styles.kind} aria-hidden="true">
                {words.kinds[kind]} <span>{numberText(total)}</span>
              </div>
              {ofKind.map(option)}
            </div>
          ))}
          {isShown ? option(all) : null}
        </div>
        <p role="status">{isShown && kinds.length === 0 ? words.none : null}</p>
      </div>
    </form>
  );
};
