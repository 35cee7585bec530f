import type { ReactElement, ReactNode } from 'react';
import type { Asked } from '../api/use-answer.ts';
import type { ApiFailure } from '../api/failure.ts';
import { Ago, Moment } from '../text/time.tsx';
import { wordFor } from '../text/format.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import { Button } from './button.tsx';
import { Command, Copy } from './copy.tsx';
import styles from './states.module.css';

/** A place for rows that are on their way. It is seen only if they take longer than a moment. */
export const Skeleton = ({ rows = 8 }: { readonly rows?: number }): ReactElement => (
  <div className={styles.skeleton} role="status" aria-label={texts.states.loading}>
    {Array.from({ length: rows }, (_, index) => (
      <span key={index} style={{ width: `${92 - ((index * 37) % 34)}%` }} />
    ))}
  </div>
);

interface Word {
  readonly title: string;
  readonly children?: ReactNode;
  readonly kind?: 'failure' | 'empty';
}

const Block = ({ title, children, kind = 'failure' }: Word): ReactElement => (
  <section className={styles.block} data-kind={kind} role={kind === 'failure' ? 'alert' : undefined}>
    <h2>{title}</h2>
    {children}
  </section>
);

/** By these ids an operator finds the request in the log of the service. */
const Ids = ({ of: { requestId, traceId } }: { readonly of: ApiFailure }): ReactElement | null =>
  requestId === undefined && traceId === undefined ? null : (
    <dl className={styles.ids}>
      {requestId === undefined ? null : (
        <div>
          <dt>{texts.states.requestId}</dt>
          <dd>
            <code>{harmless(requestId)}</code>
            <Copy text={requestId} />
          </dd>
        </div>
      )}
      {traceId === undefined ? null : (
        <div>
          <dt>{texts.states.traceId}</dt>
          <dd>
            <code>{harmless(traceId)}</code>
            <Copy text={traceId} />
          </dd>
        </div>
      )}
    </dl>
  );

/** Why there is no answer. It stays until there is one. */
export const FailureView = ({
  of,
  subject,
  isExplained = false,
  retry,
}: {
  readonly of: ApiFailure;
  /** The subject that was asked for, as in `sha256:9f…`. */
  readonly subject?: string | undefined;
  /** The API's message of a 404 is shown in place of the usual one, for it knows more. */
  readonly isExplained?: boolean | undefined;
  readonly retry: () => void;
}): ReactElement => {
  const again = <Button onClick={retry}>{texts.retry}</Button>;
  const { states } = texts;
  if (of.status === 401) return <Block title={states.signedOut.title}>{states.signedOut.text}</Block>;
  if (of.status === 403) {
    const { missing } = of;
    return (
      <Block title={states.forbidden.title}>
        <p>{missing ? harmless(states.forbidden.text(missing)) : harmless(of.message)}</p>
        {missing ? <p>{states.forbidden.roles(missing.roles)}</p> : null}
        <Ids of={of} />
      </Block>
    );
  }
  if (of.status === 404)
    return (
      <Block title={states.missing.title}>
        <p>
          {isExplained ? harmless(of.message) : states.missing.text(subject === undefined ? '' : harmless(subject))}
        </p>
      </Block>
    );
  if (of.status === 503)
    return (
      <Block title={states.behind.title}>
        <p>{harmless(of.message)}</p>
        <p>{states.behind.text}</p>
        {again}
      </Block>
    );
  if (of.status === 0)
    return (
      <Block title={states.noAnswer.title}>
        <p>{states.noAnswer.text}</p>
        {again}
      </Block>
    );
  return (
    <Block title={states.failed.title(of.status)}>
      <p>{harmless(of.message)}</p>
      <Ids of={of} />
      {again}
    </Block>
  );
};

/** Why the page itself is not shown: its files did not arrive, or it failed. */
export const PageFailure = ({
  isMissing,
  message,
  retry,
}: {
  readonly isMissing: boolean;
  readonly message: string;
  readonly retry: () => void;
}): ReactElement => (
  <Block title={isMissing ? texts.states.page.missing : texts.states.page.failed}>
    <p>{isMissing ? texts.states.page.why : harmless(message)}</p>
    <Button onClick={retry}>{texts.retry}</Button>
  </Block>
);

/** Nothing is there yet, and what to do next. */
export const Nothing = ({
  title,
  children,
  command,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly command?: string;
}): ReactElement => (
  <Block title={title} kind="empty">
    {children}
    {command === undefined ? null : <Command text={command} />}
  </Block>
);

/** Filters hide every row. Each can be taken away. */
export const NothingLeft = ({
  of,
  hiding,
  clear,
}: {
  /** Number of rows without the filters, if it is known. */
  readonly of: number | undefined;
  readonly hiding: readonly { readonly name: string; readonly value: string }[];
  readonly clear: (name?: string) => void;
}): ReactElement => (
  <Block title={texts.states.filtered.title(of)} kind="empty">
    <p>{texts.states.filtered.text}</p>
    <Chips hiding={hiding} clear={clear} />
    {hiding.length > 1 ? <Button onClick={() => clear()}>{texts.states.filtered.all}</Button> : null}
  </Block>
);

/** The filters that are set, each with a button that takes it away. */
export const Chips = ({
  hiding,
  clear,
}: {
  readonly hiding: readonly { readonly name: string; readonly value: string }[];
  readonly clear: (name?: string) => void;
}): ReactElement => (
  <ul className={styles.chips}>
    {hiding.map(({ name, value }) => (
      <li key={name}>
        <button type="button" onClick={() => clear(name)}>
          <span className="hidden">{texts.filters.remove}</span>
          <span>{wordFor(texts.filters.names, name)}</span> <b>{value === 'true' ? '' : harmless(value)}</b>
          <span aria-hidden="true">×</span>
        </button>
      </li>
    ))}
  </ul>
);

/** A bar over an answer that is older than it should be; the frame has that of a service that does not answer. */
const Old = ({
  at,
  failure,
  retry,
}: {
  readonly at: number;
  readonly failure: ApiFailure;
  readonly retry: () => void;
}): ReactElement => (
  <div className={styles.old} role="status">
    <span>
      {failure.status === 503 ? texts.states.old.behind : texts.states.old.failed(failure.status)}{' '}
      {texts.states.old.from} <Moment at={new Date(at).toISOString()} /> (<Ago at={new Date(at).toISOString()} />)
    </span>
    <Button look="quiet" onClick={retry}>
      {texts.retry}
    </Button>
  </div>
);

export interface AnsweredProps<Data> {
  readonly from: Asked<Data>;
  /** The subject that was asked for, named by a 404. */
  readonly subject?: string | undefined;
  /** The message of a 404 knows more than that the subject is not here. */
  readonly isExplained?: boolean;
  /** Shown above as long as the children, which have their own, are not. */
  readonly heading?: ReactNode;
  /** Number of rows of the skeleton. */
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}

/**
 * Shows an answer in each of its states. The children are drawn from an answer with code 200 only; an older one stays
 * while the next is on its way, and wears its age if the next does not arrive.
 */
export const Answered = <Data,>({
  from,
  subject,
  isExplained,
  heading,
  rows,
  children,
}: AnsweredProps<Data>): ReactElement => {
  const { data, at, failure, isPrevious, retry } = from;
  // The answer to another question is no answer to the one that is refused now.
  const isAnother = isPrevious && failure !== undefined;
  if (data === undefined || at === undefined || isAnother)
    return (
      <>
        {heading}
        {failure === undefined ? (
          <Skeleton {...(rows === undefined ? {} : { rows })} />
        ) : (
          <FailureView of={failure} subject={subject} isExplained={isExplained} retry={retry} />
        )}
      </>
    );
  return (
    <div className={styles.answered} data-old={failure !== undefined || undefined} aria-busy={isPrevious || undefined}>
      {failure === undefined || failure.status === 401 || failure.status === 0 ? null : (
        <Old at={at} failure={failure} retry={retry} />
      )}
      {children(data)}
    </div>
  );
};
