import type { ReactElement } from 'react';
import { useMe } from '../api/use-me.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import { Copy } from './copy.tsx';
import { pageAddress, traceAddress } from './tool-links.ts';

/** A link to a tool of the operator, in a tab of its own; nothing if the operator has named none. */
export const ToolLink = ({
  to,
  children,
}: {
  readonly to: string | undefined;
  readonly children: string;
}): ReactElement | null => {
  const href = pageAddress(to);
  return href === undefined ? null : (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
      <span aria-hidden="true"> ↗</span>
      <span className="hidden"> {texts.tools.elsewhere}</span>
    </a>
  );
};

/** The beginning of a trace id, which leads to the viewer of traces if there is one. */
export const Trace = ({ of }: { readonly of: string }): ReactElement => {
  const href = traceAddress(useMe()?.links.traces, of);
  const name = harmless(of.slice(0, 8));
  return (
    <>
      {texts.timeline.trace} {href === undefined ? <code>{name}</code> : <ToolLink to={href}>{name}</ToolLink>}{' '}
      <Copy text={of} />
    </>
  );
};
