import type { ReactElement } from 'react';
import { harmless } from './harmless.ts';

/**
 * A name that an image or an advisory brought along. It is text on every page: its direction does not reach the text
 * beside it, and characters that cannot be seen are shown as `�`.
 */
export const Name = ({ of, className }: { readonly of: string; readonly className?: string }): ReactElement => (
  <bdi className={className}>{harmless(of)}</bdi>
);
