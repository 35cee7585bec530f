import { useState, type ReactElement } from 'react';
import type { components } from '../../api/generated/schema.ts';
import { usePreventedOverAll } from '../../api/use-me.ts';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Facts, Section } from '../../components/facts.tsx';
import { OrderDialog } from '../../components/order-dialog.tsx';
import { numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { endOf, monthText, sumsText, type ShownBill } from './month.ts';

const words = texts.charges.closing;

export type BillingPeriod = components['schemas']['BillingPeriod'];

/** The effect of closing: the sums that are fixed, and the charges that come too late for them. */
const Preview = ({ bill }: { readonly bill: ShownBill }): ReactElement => {
  const corrections = bill.value.filter(({ correctionOf }) => correctionOf !== undefined).length;
  return (
    <>
      <Facts
        of={[
          [words.fixed, <b>{sumsText(bill.totals)}</b>],
          [words.lines, texts.charges.charges(bill.value.length)],
          [words.corrections, corrections === 0 ? undefined : numberText(corrections)],
          [words.left, bill.waiting.length === 0 ? undefined : texts.charges.waiting(bill.waiting.length)],
        ]}
      />
      <p>{words.meaning}</p>
      <p>{words.forever}</p>
    </>
  );
};

/** The button that closes a month, or that goes on with a closing that did not come to its end. */
export const CloseMonth = ({
  period,
  closing,
  bill,
  now,
}: {
  /** As in `2026-11`. */
  readonly period: string;
  /** Its closing, if it began. */
  readonly closing: BillingPeriod | undefined;
  /** All charges of the month; undefined as long as they are not known. */
  readonly bill: ShownBill | undefined;
  /** ms since the epoch. */
  readonly now: number;
}): ReactElement | null => {
  const [isAsked, ask] = useState(false);
  const missing = usePreventedOverAll('charges/write', texts.rights.needsOverAll);
  const end = endOf(period);
  const early = now < end ? words.notOver(new Date(end).toISOString().slice(0, 10)) : undefined;
  return (
    <>
      {closing?.state === 'closed' ? null : (
        <Button
          prevented={missing ?? early ?? (bill === undefined ? words.unknown : undefined)}
          onClick={() => ask(true)}
        >
          {closing === undefined ? words.open : words.goOn}
        </Button>
      )}
      {isAsked && bill !== undefined ? (
        <OrderDialog
          of={{
            title: words.title(monthText(period)),
            meaning: <Preview bill={bill} />,
            give: words.give(monthText(period)),
            isDangerous: true,
            closesItself: true,
            // The closing that began has fixed its sum.
            ...(closing === undefined ? { seen: { total: sumsText(bill.totals) } } : {}),
            operation: 'charges/write',
            paths: [`/assay/periods/${period}/close`],
          }}
          close={() => ask(false)}
        />
      ) : null}
    </>
  );
};

/** The record of a closed month, or of one that is being closed. */
export const Closed = ({
  of: { by, why, since, state, file, inScope = file },
}: {
  readonly of: BillingPeriod;
}): ReactElement => (
  <Section id="closed" title={words.states[state]}>
    <Facts
      of={[
        [words.by, <Name of={by} />],
        [words.since, <Moment at={since} />],
        [words.why, <Name of={why} />],
        [words.bill, inScope && `${sumsText(inScope.totals)}, ${texts.charges.charges(inScope.charges)}`],
        [
          words.file,
          file && (
            <>
              {words.bytes(file.bytes)} <Name of={file.sha256} className="mono" /> <Copy text={file.sha256} />
            </>
          ),
        ],
      ]}
    />
  </Section>
);
