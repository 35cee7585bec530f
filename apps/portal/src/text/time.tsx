import type { ReactElement } from 'react';
import { localText, spanText, utcText } from './format.ts';

/** How long ago something was; both clocks are in its title. */
export const Ago = ({ at, now = Date.now() }: { readonly at: string; readonly now?: number }): ReactElement => (
  <time dateTime={at} title={`${utcText(at)} (${localText(at)} here)`}>
    {spanText(now - Date.parse(at))}
  </time>
);

/** A moment in UTC; the clock of the reader is in its title. */
export const Moment = ({ at }: { readonly at: string }): ReactElement => (
  <time dateTime={at} title={`${localText(at)} here`}>
    {utcText(at)}
  </time>
);
