import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api, askBill, askFor } from '../../api/client.ts';
import type { ImagesPage } from '../../api/lists.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { useMe } from '../../api/use-me.ts';
import { Card } from '../../components/facts.tsx';
import { Answered } from '../../components/states.tsx';
import { UnwatchedRegistries } from '../../components/unwatched.tsx';
import { Status } from '../../components/status.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { numberText } from '../../text/format.ts';
import { reasonText } from '../../text/reason.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { monthOf, monthText, totalsIn } from '../charges/month.ts';
import { Equation } from '../coverage/equation.tsx';
import { ResultsPlot } from '../coverage/plots.tsx';
import { Fixes } from './fixes.tsx';
import { News } from './news.tsx';
import { keptOf, shareText, unansweredIn } from './unknown.ts';
import styles from './today.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.today;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The images behind a group. */
const hrefOf = (reason: string): string =>
  `/images?status=undetermined${reason === '' ? '' : `&reason=${inAddress(reason)}`}`;

/** Images without an answer, by reason; and those whose answer is on its way. */
const Unknown = (): ReactElement => {
  const scope = useScope();
  const query = {
    status: 'undetermined,queued,scanning',
    top: '1000',
    ...(scope === '' ? {} : { subscription: scope }),
  };
  const images = useAnswer<ImagesPage>(
    ['/assay/images', query],
    (signal) => askFor('/assay/images', query, { signal }),
    { every: 30_000 },
  );
  return (
    <Card>
      <h2>
        {words.unknown.title} <span className={styles.note}>{words.unknown.meaning}</span>
      </h2>
      <Answered from={images} rows={3}>
        {(page) => {
          const { groups, more, waiting, answered: answeredImages } = unansweredIn(page);
          return (
            <>
              {answeredImages === 'some' ? null : (
                <p className={styles.note}>{words.unknown.answered[answeredImages]}</p>
              )}
              <ul className={styles.reasons}>
                {groups.map(({ reason, images: count, since }) => (
                  <li key={reason}>
                    <Link href={hrefOf(reason)} title={reasonText(reason)}>
                      <Status of="undetermined" isBrief /> <Name of={reason === '' ? words.unknown.noReason : reason} />
                    </Link>
                    <b>{more > 0 ? texts.table.atLeast(count) : numberText(count)}</b>
                    <span className={styles.note}>{since === undefined || more > 0 ? null : <Ago at={since} />}</span>
                  </li>
                ))}
                {more === 0 ? null : (
                  <li>
                    <Link href="/images?status=undetermined">
                      <Status of="undetermined" isBrief /> {words.unknown.more}
                    </Link>
                    <b>{numberText(more)}</b>
                  </li>
                )}
                <li>
                  <Link href="/images?status=queued,scanning">
                    <Status of="queued" isBrief /> {words.unknown.waiting}
                  </Link>
                  <b>{numberText(waiting.images)}</b>
                  <span className={styles.note}>{waiting.since === undefined ? null : <Ago at={waiting.since} />}</span>
                </li>
              </ul>
            </>
          );
        }}
      </Answered>
    </Card>
  );
};

/** Systems that the scanner does not read, with the command for a newer one. */
const UnreadSystems = (): ReactElement | null => {
  const mayRead = useMe()?.operations.includes('scanners/read') ?? true;
  const scanners = useAnswer(['/assay/scanners'], (signal) => answered(api.GET('/assay/scanners', { signal })), {
    enabled: mayRead,
    every: 60_000,
  });
  const builds = (scanners.data?.value ?? []).filter(({ unread = [] }) => unread.length > 0);
  if (builds.length === 0) return null;
  return (
    <Card>
      <h2>{words.systems.title}</h2>
      {builds.map(({ digest, name = '', version = '', unread = [] }) => (
        <div key={digest}>
          <p className={styles.note}>
            <Name of={`${name} ${version}`} />
          </p>
          <ul className={styles.reasons}>
            {unread.map((system) => (
              <li key={`${system.family} ${system.version} ${system.why}`}>
                <div title={words.systems.why[system.why]}>
                  <Name of={`${system.family} ${system.version}`} />{' '}
                  <span className={styles.note}>{words.systems.brief[system.why]}</span>
                </div>
                <b>{numberText(system.images)}</b>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <p className={styles.note}>
        {words.systems.remedy} <code>npx assay scanner install</code>
      </p>
    </Card>
  );
};

/** How many pushes had their result within 15 minutes. */
const Promise30 = (): ReactElement => {
  const scope = useScope();
  const trends = useAnswer(['/assay/trends', scope], (signal) =>
    answered(api.GET('/assay/trends', { params: { query: scope === '' ? {} : { subscription: scope } }, signal })),
  );
  return (
    <Answered from={trends} rows={5}>
      {({ results }) => {
        const { inTime, late, share } = keptOf(results);
        return (
          <ResultsPlot
            of={results}
            title={words.promise.title}
            note={
              share === undefined ? (
                words.promise.none
              ) : (
                <>
                  <b className={styles.share} data-kept={share === 1 || undefined}>
                    {shareText(share)}
                  </b>{' '}
                  {words.promise.of(inTime, inTime + late)}
                </>
              )
            }
          />
        );
      }}
    </Answered>
  );
};

const Ledger = ({ now }: { readonly now: number }): ReactElement => {
  const scope = useScope();
  const [yesterday, today] = [dayOf(now - 86_400_000), dayOf(now)];
  const queryOf = (day: string) => ({ from: day, to: day, ...(scope === '' ? {} : { subscription: scope }), top: 1 });
  const ask = (day: string) => (signal: AbortSignal) =>
    answered(api.GET('/assay/coverage', { params: { query: queryOf(day) }, signal }));
  const days = [
    [words.ledger.today, today, useAnswer(['/assay/coverage', 'day', queryOf(today)], ask(today))],
    [words.ledger.yesterday, yesterday, useAnswer(['/assay/coverage', 'day', queryOf(yesterday)], ask(yesterday))],
  ] as const;
  return (
    <Card>
      <h2>
        <Link href="/coverage">{words.ledger.title}</Link>
      </h2>
      {days.map(([name, day, sums]) => (
        <div key={day} className={styles.day}>
          <h3>
            {name} <span className={styles.note}>{day}</span>
          </h3>
          <Answered from={sums} rows={1}>
            {({ total }) => (
              <Equation
                of={total}
                link={(outcome, number) =>
                  total[outcome] === 0 ? number : <Link href={`/coverage?day=${day}&outcome=${outcome}`}>{number}</Link>
                }
              />
            )}
          </Answered>
        </div>
      ))}
    </Card>
  );
};

const Month = ({ now }: { readonly now: number }): ReactElement => {
  const scope = useScope();
  const period = monthOf(now);
  const mayRead = useMe()?.operations.includes('charges/read') ?? true;
  const pages = scope === '' ? 'first' : 'all';
  const charges = useAnswer(['/assay/charges', period, pages], (signal) => askBill(period, signal, pages), {
    enabled: mayRead,
  });
  return (
    <Card>
      <h2>{mayRead ? <Link href="/charges">{monthText(period)}</Link> : monthText(period)}</h2>
      {mayRead ? (
        <Answered from={charges} rows={1}>
          {(answer) => (
            <p className={styles.amounts}>
              {totalsIn(answer, scope).length === 0 ? <b>0</b> : null}
              {totalsIn(answer, scope).map(({ currency, amount, charges: count }) => (
                <span key={currency}>
                  <b>
                    {amount} {currency}
                  </b>{' '}
                  <span className={styles.note}>{texts.charges.charges(count)}</span>
                </span>
              ))}
            </p>
          )}
        </Answered>
      ) : (
        <p className={styles.note}>{texts.rights.needs('charges/read')}</p>
      )}
    </Card>
  );
};

const Page = (): ReactElement => {
  const [now] = useState(() => Date.now());
  return (
    <>
      <Heading title={texts.pages.today} />
      <div className={styles.today}>
        <div className={styles.main}>
          <News />
          <Fixes />
        </div>
        <div className={styles.side}>
          <Unknown />
          <UnreadSystems />
          <UnwatchedRegistries />
          <Promise30 />
          <Ledger now={now} />
          <Month now={now} />
        </div>
      </div>
    </>
  );
};
export default Page;
