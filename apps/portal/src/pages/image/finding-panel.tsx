import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { ListedFinding } from '../../api/lists.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Digest } from '../../components/digest.tsx';
import { Facts } from '../../components/facts.tsx';
import { Severity } from '../../components/severity.tsx';
import { Ratings } from '../vulnerability/ratings.tsx';
import { References } from '../vulnerability/references.tsx';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import styles from './image.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.findings;

/** A finding beside its list: what it is, where it lies, why it has its severity, and what to do. */
export const FindingPanel = ({
  of,
  close,
}: {
  readonly of: ListedFinding | undefined;
  readonly close: () => void;
}): ReactElement | null => {
  if (of === undefined) return null;
  const { vulnerability, title, description, severity, ratings, severityRule, references, remediation } = of;
  return (
    <Dialog title={<Name of={vulnerability} />} isOpen onClose={close} place="side">
      <p className={styles.panelHead}>
        <Severity of={severity} />
        {title === undefined ? null : <Name of={title} className={styles.strong ?? ''} />}
      </p>
      <p className={styles.remedy}>
        <Name of={remediation} />
      </p>
      {of.advisoryRemoved === undefined ? null : (
        <p className={styles.text}>{words.advisoryRemoved(of.advisoryRemoved.at.slice(0, 10))}</p>
      )}
      <Facts
        of={[
          [words.columns.package, <Name of={`${of.package} (${of.packageType})`} />],
          [
            words.source,
            of.sourcePackage === undefined || of.sourcePackage === of.package ? undefined : (
              <Name of={of.sourcePackage} />
            ),
          ],
          [words.installed, <Name of={of.installedVersion} className="mono" />],
          [words.fixed, of.fixedVersion === undefined ? words.noFix : <Name of={of.fixedVersion} className="mono" />],
          [words.path, of.path === undefined ? undefined : <Name of={of.path} className="mono" />],
          [words.layer, of.layer === undefined ? undefined : <Digest of={of.layer} />],
          [words.columns.firstSeen, <Moment at={of.firstSeenAt} />],
          [words.published, of.publishedAt === undefined ? undefined : <Moment at={of.publishedAt} />],
          [
            words.columns.state,
            of.state === 'active' ? (
              words.states.active
            ) : (
              <Link href={`/exemptions?q=${inAddress(of.ruleId ?? '')}`}>
                {words.states.exempt} <Name of={of.ruleId ?? ''} />
              </Link>
            ),
          ],
          [words.aliases, of.aliases.length === 0 ? undefined : <Name of={of.aliases.join(', ')} />],
          [words.weaknesses, of.cwes.length === 0 ? undefined : <Name of={of.cwes.join(', ')} />],
        ]}
      />
      <Ratings of={ratings} severity={severity} rule={severityRule} />
      {description === undefined ? null : (
        <p className={styles.text}>
          <Name of={description} />
        </p>
      )}
      <References of={references} />
      <p className={styles.links}>
        <Link href={`/vulnerabilities/${inAddress(vulnerability)}`}>{words.everyImage}</Link>
      </p>
    </Dialog>
  );
};
