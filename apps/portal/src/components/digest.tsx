import type { ReactElement } from 'react';
import { shortDigest } from '../text/format.ts';
import { harmless } from '../text/harmless.ts';

/** A digest, short; the whole is in its title. */
export const Digest = ({ of }: { readonly of: string }): ReactElement => (
  <span className="mono" title={harmless(of)}>
    {harmless(shortDigest(of))}
  </span>
);
