import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { Copy } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Digest } from '../../components/digest.tsx';
import { Facts } from '../../components/facts.tsx';
import { OrderForm } from '../../components/order-dialog.tsx';
import { lastOf } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import type { ChargeLine } from './month.ts';
import styles from './charges.module.css';
import { correctionTexts } from './texts.ts';

const words = texts.charges;

const Id = ({ of }: { readonly of: string }): ReactElement => (
  <>
    <Name of={of} className="mono" />
    <Copy text={of} />
  </>
);

const Correction = ({ of: { chargeId } }: { readonly of: ChargeLine }): ReactElement => (
  <section className={styles.correction}>
    <h3>{correctionTexts.title}</h3>
    <p className={styles.note}>{correctionTexts.meaning}</p>
    <OrderForm
      of={{
        title: correctionTexts.title,
        meaning: correctionTexts.meaning,
        give: correctionTexts.give,
        operation: 'charges/write',
        paths: [`/assay/charges/${encodeURIComponent(chargeId)}/corrections`],
        optional: {
          name: 'amount',
          label: correctionTexts.amount,
          hint: correctionTexts.rest,
          pattern: /^-?\d{1,12}(\.\d{1,9})?$/,
          problem: correctionTexts.notAnAmount,
        },
      }}
    />
  </section>
);

/** One charge, from the push that caused it to its price. */
export const ChargePanel = ({ of, close }: { readonly of: ChargeLine; readonly close: () => void }): ReactElement => (
  <Dialog title={`${of.amount} ${of.currency}`} isOpen onClose={close} place="side">
    <Facts
      of={[
        [
          texts.images.columns.image,
          <Link href={`/images/${of.digest}`}>
            <Name of={of.repository} /> <Digest of={of.digest} />
          </Link>,
        ],
        [texts.images.columns.registry, <Name of={lastOf(of.registryId)} />],
        [words.facts.tags, of.tags.length === 0 ? undefined : <Name of={of.tags.join(', ')} />],
      ]}
    />
    <ol className={styles.steps}>
      <li>
        <h3>{texts.why.steps.push}</h3>
        <Facts
          of={[
            [words.facts.pushed, <Moment at={of.pushedAt} />],
            [words.facts.received, <Moment at={of.receivedAt} />],
            [words.facts.pushId, <Id of={of.pushId} />],
          ]}
        />
        <Link href={`/coverage?day=${of.receivedAt.slice(0, 10)}&registry=${of.registryId}`}>{words.inLedger}</Link>
      </li>
      <li>
        <h3>{texts.why.steps.scan}</h3>
        <Facts of={[[words.facts.scanId, <Id of={of.scanId} />]]} />
        <Link href={`/images/${of.digest}#timeline`}>{words.timeline}</Link>
      </li>
      <li>
        <h3>{texts.why.steps.charge}</h3>
        <Facts
          of={[
            [words.facts.chargedFor, <Moment at={of.chargedFor} />],
            [words.facts.rule, <Name of={of.priceRule} className="mono" />],
            [words.facts.billedIn, of.billedIn === undefined ? undefined : <Name of={of.billedIn} />],
            [words.facts.chargeId, <Id of={of.chargeId} />],
            [words.facts.correctionOf, of.correctionOf === undefined ? undefined : <Id of={of.correctionOf} />],
            [words.facts.by, of.by === undefined ? undefined : <Name of={of.by} />],
            [words.facts.why, of.why === undefined ? undefined : <Name of={of.why} />],
            ...(of.corrections ?? []).map(({ amount, billedIn, why }): [string, ReactElement] => [
              words.facts.corrected,
              <>
                {amount} {of.currency}
                {billedIn === undefined ? null : (
                  <>
                    {' '}
                    · <Name of={billedIn} />
                  </>
                )}
                {why === undefined ? null : (
                  <>
                    {' '}
                    · <Name of={why} />
                  </>
                )}
              </>,
            ]),
          ]}
        />
      </li>
    </ol>
    {of.correctionOf === undefined ? <Correction key={of.chargeId} of={of} /> : null}
  </Dialog>
);
