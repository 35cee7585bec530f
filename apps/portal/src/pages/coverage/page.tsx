import type { ReactElement } from 'react';
import { Heading } from '../../frame/heading.tsx';
import { texts } from '../../texts.ts';

const Page = (): ReactElement => <Heading title={texts.pages.coverage} />;
export default Page;
