import type { ReactElement } from 'react';
import { useParams } from 'wouter';
import { useMe } from '../../api/use-me.ts';
import { Tabs } from '../../components/tabs.tsx';
import { viewerAddress } from '../../components/tool-links.ts';
import { ToolLink } from '../../components/trace.tsx';
import { Heading } from '../../frame/heading.tsx';
import { NoPage } from '../../frame/no-page.tsx';
import { texts } from '../../texts.ts';
import { Audit } from './audit.tsx';
import { Halted } from './halted.tsx';
import { Parked } from './parked.tsx';
import { parkedIn } from './parked-count.ts';
import { partIn, parts, type Part } from './parts.ts';
import { Runners } from './runners.tsx';
import { Scanners } from './scanners.tsx';
import { Services, useServices } from './services.tsx';
import { Sweeps } from './sweeps.tsx';
import styles from './operations.module.css';

const Shown = ({ part }: { readonly part: Part }): ReactElement => {
  if (part === 'parked')
    return (
      <>
        <Parked />
        <Halted />
      </>
    );
  if (part === 'scanners') return <Scanners />;
  if (part === 'audit') return <Audit />;
  return (
    <>
      <Services />
      <Runners />
      <Sweeps />
    </>
  );
};

/** A count on the tabs, so that a parked event is seen from every part of the page. */
const useParked = (): number | undefined => {
  const { data } = useServices();
  return data && parkedIn(data.value);
};

/** Links to the dashboards and to the viewer of traces, as far as the operator has named them. */
const Tools = (): ReactElement => {
  const { dashboards, traces } = useMe()?.links ?? {};
  return (
    <span className={styles.tools}>
      <ToolLink to={dashboards}>{texts.tools.dashboards}</ToolLink>
      <ToolLink to={viewerAddress(traces)}>{texts.tools.traces}</ToolLink>
    </span>
  );
};

const Operations = ({ part }: { readonly part: Part }): ReactElement => {
  const parked = useParked();
  return (
    <>
      <Heading title={texts.pages.operations}>
        <Tabs
          label={texts.pages.operations}
          tabs={parts.map((one) => ({
            name: texts.operations.parts[one],
            href: `/operations${one === '' ? '' : `/${one}`}`,
            count: one === 'parked' ? parked : undefined,
            isCurrent: one === part,
          }))}
        />
        <Tools />
      </Heading>
      <Shown part={part} />
    </>
  );
};

const Page = (): ReactElement => {
  const part = partIn(useParams<{ part?: string }>().part);
  return part === undefined ? <NoPage /> : <Operations part={part} />;
};
export default Page;
