import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';
import { answered, api, askFor } from '../../api/client.ts';
import type { JsonOf } from '../../api/lists.ts';
import { useAnswer, type Asked } from '../../api/use-answer.ts';
import { Command, Copy } from '../../components/copy.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import { gateEveryMs, shownGate, type GateJudgement } from './gate-answer.ts';
import type { PlacedImage } from './placement.ts';
import styles from './next.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.image;

const Line = ({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** The answer of the gate about an image now, at all its places. A page that is open is no pipeline. */
export const useGate = (digest: string): Asked<GateJudgement> =>
  useAnswer(
    ['/assay/images', digest, 'gate'],
    (signal) =>
      answered(
        api.GET('/assay/images/{digest}/gate', { params: { path: { digest }, query: { preview: true } }, signal }),
      ),
    { every: gateEveryMs },
  );

/** The answer that `assay gate` gives for this image now. */
export const Gate = ({ digest }: { readonly digest: string }): ReactElement => {
  const { decision, why } = shownGate(useGate(digest), digest, Date.now());
  return (
    <Line name={words.gate.title}>
      <b data-decision={decision}>{words.gate.decisions[decision]}</b>
      <span className={styles.why}>{harmless(why)}</span>
      <Copy text={`npx assay gate ${digest}`} label={words.gate.copy} />
    </Line>
  );
};

type Upgrade = JsonOf<'Fixes.list'>['value'][number];

/** One package to upgrade, to which version, what that closes, and the line to type. */
const UpgradeText = ({
  of: { package: name, fixed, bySeverity, command },
  closes,
  children,
}: {
  readonly of: Pick<Upgrade, 'package' | 'fixed' | 'bySeverity' | 'command'>;
  readonly closes: string;
  readonly children?: ReactNode;
}): ReactElement => (
  <>
    <span>
      <b>
        <Name of={name} />
      </b>{' '}
      <span className={styles.why}>→</span> <Name of={fixed} className="mono" />
    </span>
    <span>{closes}</span>
    <SeverityBar counts={bySeverity} />
    {children}
    {command === undefined ? null : <Command text={command} />}
  </>
);

/** The upgrade of the gate's answer: all that a caller sees that may read no findings. */
export const GateUpgrade = ({ digest }: { readonly digest: string }): ReactElement | null => {
  const upgrade = useGate(digest).data?.upgrade;
  return upgrade === undefined ? null : (
    <Line name={words.fixFirst.title}>
      <UpgradeText of={upgrade} closes={words.fixFirst.closesSome(upgrade.closes)} />
    </Line>
  );
};

/** Upgrades of an image that are read at most. */
const mostUpgrades = 100;

const ListedUpgrade = ({ of }: { readonly of: Upgrade }): ReactElement => (
  <UpgradeText of={of} closes={words.fixFirst.closes(of.closes, of.of)}>
    <Link href={`/images?fix=${inAddress(`${of.package}@${of.fixed}`)}`}>{words.fixFirst.others}</Link>
  </UpgradeText>
);

/** The upgrade that closes the most of the worst findings of this image. */
const FixFirst = ({ of }: { readonly of: PlacedImage }): ReactElement => {
  const { digest, registryId, repository, subscriptionId } = of;
  const query = { digest, registry: registryId, repository, subscription: subscriptionId, top: String(mostUpgrades) };
  const fixes = useAnswer(['/assay/fixes', query], (signal) =>
    askFor<JsonOf<'Fixes.list'>>('/assay/fixes', query, { signal }),
  );
  const { data, failure, isPrevious } = fixes;
  const [fix, ...more] = data?.value ?? [];
  return (
    <Line name={words.fixFirst.title}>
      {failure !== undefined ? (
        <span className={styles.why}>– {words.fixFirst.failed(failure.status)}</span>
      ) : data === undefined || isPrevious ? (
        <span className={styles.why}>{words.gate.decisions.asking}</span>
      ) : fix === undefined ? (
        <span className={styles.why}>{words.fixFirst.none}</span>
      ) : (
        <>
          <ListedUpgrade of={fix} />
          {more.length === 0 ? null : (
            <details className={styles.more}>
              <summary>{words.fixFirst.more(data.total - 1)}</summary>
              <ol>
                {more.map((each) => (
                  <li key={[each.package, each.type, each.fixed].join(' ')}>
                    <ListedUpgrade of={each} />
                  </li>
                ))}
              </ol>
            </details>
          )}
        </>
      )}
    </Line>
  );
};

/** The next step for a person: whether the image may be used, and the upgrade that closes the most. */
export const Next = ({ of }: { readonly of: PlacedImage }): ReactElement => (
  <dl className={styles.next}>
    <Gate digest={of.digest} />
    {of.findings === undefined || of.findings === 0 || of.children ? null : <FixFirst of={of} />}
  </dl>
);
