import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { texts } from '../texts.ts';
import { Heading } from './heading.tsx';

export const NoPage = (): ReactElement => (
  <>
    <Heading title={texts.frame.noPage} />
    <p>
      <Link href="/">{texts.pages.today}</Link>
    </p>
  </>
);
