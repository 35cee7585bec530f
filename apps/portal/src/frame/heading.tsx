import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { harmless } from '../text/harmless.ts';
import styles from './heading.module.css';

/**
 * The heading of a page. It names the tab, and takes the focus when the page is opened from another one, so that a
 * screen reader and the keyboard go on there.
 */
export const Heading = ({
  title,
  name,
  children,
}: {
  readonly title: string;
  /** Drawn instead of the title, such as a name in `<bdi>`. */
  readonly name?: ReactNode;
  /** Beside it: totals, buttons. */
  readonly children?: ReactNode;
}): ReactElement => {
  const ref = useRef<HTMLHeadingElement>(null);
  const [path] = useLocation();
  useEffect(() => {
    document.title = `${harmless(title)} · Assay`;
  }, [title]);
  useEffect(() => {
    // The first page keeps the focus where the browser puts it.
    if (opened !== undefined && opened !== path) ref.current?.focus({ preventScroll: true });
    opened = path;
  }, [path]);
  return (
    <div className={styles.heading}>
      <h1 ref={ref} tabIndex={-1}>
        {name ?? harmless(title)}
      </h1>
      {children}
    </div>
  );
};

let opened: string | undefined;
