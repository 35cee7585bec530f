import { useId, useMemo, useState, type ReactElement, type ReactNode } from 'react';
import { askFor } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { queries } from '../api/use-answer.ts';
import { usePrevented } from '../api/use-me.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { FailureView } from './states.tsx';
import { wordFor } from '../text/format.ts';
import { harmless } from '../text/harmless.ts';
import { Name } from '../text/name.tsx';
import { texts } from '../texts.ts';
import styles from './order-dialog.module.css';

const words = texts.order;

/** An order that an operator can give, with a reason. */
export interface OperatorOrder {
  readonly title: string;
  /** Its effect, and that it cannot be taken back where that is so. */
  readonly meaning: ReactNode;
  /** Label of the button that gives it. */
  readonly give: string;
  readonly isDangerous?: boolean;
  /** The right that it needs. */
  readonly operation: string;
  /** Paths to send it to, one after the other. */
  readonly paths: readonly string[];
  /** A text that may be given beside the reason. */
  readonly optional?: {
    /** In the body. */
    readonly name: string;
    readonly label: string;
    readonly hint: string;
    readonly pattern: RegExp;
    /** Shown if the text does not match. */
    readonly problem: string;
  };
  /** More of the body: what the person has seen. */
  readonly seen?: Readonly<Record<string, string>>;
  /** True if the page below shows the outcome. */
  readonly closesItself?: boolean;
}

/** The answer of an order, as far as all of them share it. */
interface Outcome {
  readonly target?: string;
  readonly outcome?: string;
  readonly message?: string;
}

/** Also where the page is not served over TLS, without `crypto.randomUUID`. */
const requestId = (): string => crypto.getRandomValues(new BigUint64Array(2)).join('-');

/** Asks why, and gives an order. The outcome of each stays until the form is closed. */
export const OrderForm = ({
  of,
  close,
}: {
  readonly of: OperatorOrder;
  /** Without it, the form has no button to leave it. */
  readonly close?: () => void;
}): ReactElement => {
  const [why, setWhy] = useState('');
  const [text, setText] = useState('');
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isGiving, setGiving] = useState(false);
  const prevented = usePrevented(of.operation, texts.rights.needs);
  const id = useId();
  // The same words are the same order: one whose answer got lost is not given twice.
  const requestIds = useMemo(() => of.paths.map(() => requestId()), [of.paths.length, why, text]);
  const missing =
    why.trim() === ''
      ? words.whyMissing
      : text === '' || of.optional?.pattern.test(text)
        ? undefined
        : of.optional?.problem;
  const isDone = outcomes.length === of.paths.length;
  const give = async (): Promise<void> => {
    setGiving(true);
    setFailure(undefined);
    const done = [...outcomes];
    try {
      // One after the other, from where the last attempt ended: an order is not given twice.
      for (const [at, path] of of.paths.entries()) {
        if (at < done.length) continue;
        const { data } = await askFor<Outcome>(
          path,
          {},
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-ms-client-request-id': requestIds[at] ?? requestId() },
            body: JSON.stringify({
              ...of.seen,
              ...(of.optional && text !== '' ? { [of.optional.name]: text } : {}),
              why: why.trim(),
            }),
          },
        );
        done.push(data);
        setOutcomes([...done]);
      }
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, 'Unexpected', String(error)));
    }
    setGiving(false);
    void queries.invalidateQueries();
    if (of.closesItself && done.length === of.paths.length) close?.();
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === undefined && prevented === undefined && !isGiving && !isDone) void give();
      }}
    >
      {isDone ? null : (
        <div className={styles.field}>
          <label htmlFor={id}>{words.why}</label>
          <textarea
            id={id}
            rows={2}
            maxLength={1000}
            value={why}
            placeholder={words.whyHint}
            onChange={({ target }) => setWhy(target.value)}
          />
        </div>
      )}
      {isDone || of.optional === undefined ? null : (
        <div className={styles.field}>
          <label htmlFor={`${id}-text`}>{of.optional.label}</label>
          <input
            id={`${id}-text`}
            value={text}
            placeholder={of.optional.hint}
            onChange={({ target }) => setText(target.value.trim())}
          />
        </div>
      )}
      {outcomes.length === 0 ? null : (
        <ul className={styles.outcomes} role="status">
          {outcomes.map(({ target, outcome, message }, index) => (
            <li key={target ?? index}>
              <b>{outcome === undefined ? words.given : harmless(wordFor(words.outcomes, outcome))}</b>
              {target === undefined ? null : <Name of={target} className="mono" />}
              {message === undefined ? null : <Name of={message} />}
            </li>
          ))}
        </ul>
      )}
      {failure === undefined ? null : <FailureView of={failure} retry={() => void give()} />}
      <div className={styles.actions}>
        {isDone ? (
          close === undefined ? null : (
            <Button look="main" onClick={close}>
              {texts.close}
            </Button>
          )
        ) : (
          <>
            <Button look={of.isDangerous ? 'danger' : 'main'} type="submit" prevented={prevented ?? missing}>
              {isGiving ? words.giving(outcomes.length, of.paths.length) : of.give}
            </Button>
            {close === undefined ? null : (
              <Button look="quiet" onClick={close}>
                {texts.cancel}
              </Button>
            )}
          </>
        )}
      </div>
    </form>
  );
};

/** The same in a dialog, with its effect above. */
export const OrderDialog = ({
  of,
  close,
}: {
  readonly of: OperatorOrder;
  readonly close: () => void;
}): ReactElement => (
  <Dialog title={of.title} isOpen onClose={close}>
    <div className={styles.meaning}>{of.meaning}</div>
    <OrderForm of={of} close={close} />
  </Dialog>
);
