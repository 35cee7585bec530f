import { useState, type ReactElement, type ReactNode } from 'react';
import { Link } from 'wouter';
import { askFor } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import type { JsonOf } from '../../api/lists.ts';
import { useAnswer, type Page } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { Severity } from '../../components/severity.tsx';
import { Answered } from '../../components/states.tsx';
import { useScope } from '../../frame/scope.tsx';
import { inAddress } from '../../text/in-address.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { newsIn, sinceOf, visitAt, type News as NewsOf } from './since-then.ts';
import { newTexts as words } from './texts.ts';
import styles from './today.module.css';

/** The key under which this browser keeps its last look. */
const key = 'assay.last-look';

const look = (): ReturnType<typeof visitAt> => {
  const visit = visitAt(localStorage.getItem(key), Date.now());
  localStorage.setItem(key, JSON.stringify(visit));
  return visit;
};

/** Rows that are read of each list, and names that a line has. */
const [mostChanges, mostVulnerabilities, shownNames, shownVulnerabilities] = [500, 50, 6, 8];

const Line = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement => (
  <li>
    <b>{title}</b>
    <span>{children}</span>
  </li>
);

const Names = ({ of }: { readonly of: NewsOf['unhealthy'] }): ReactElement => (
  <>
    {words.images(of.length)}:{' '}
    {of.slice(0, shownNames).map(({ registryId, repository, digest }, at) => (
      <span key={`${registryId} ${repository} ${digest}`}>
        <Link href={`/images/${digest}`} title={digest}>
          <Name of={repository} />
        </Link>
        {at + 1 < Math.min(of.length, shownNames) ? ',' : null}
      </span>
    ))}{' '}
    {of.length > shownNames ? words.more(of.length - shownNames) : null}
  </>
);

/** The differences of the estate since this browser looked at Today before. */
export const News = (): ReactElement => {
  const scope = useScope();
  const [visit] = useState(look);
  const since = sinceOf(visit);
  const within = scope === '' ? {} : { subscription: scope };
  const found = { ...within, state: 'active', sort: '-since', top: String(mostVulnerabilities) };
  const vulnerabilities = useAnswer<JsonOf<'Vulnerabilities.list'>>(['/assay/vulnerabilities', found], (signal) =>
    askFor('/assay/vulnerabilities', found, { signal }),
  );
  const query = { ...within, top: String(mostChanges) };
  const changes = useAnswer<Page<components['schemas']['Change']>>(['/assay/changes', query], (signal) =>
    askFor('/assay/changes', query, { signal, headers: { accept: 'application/json' } }),
  );
  return (
    <Section
      id="changes"
      title={words.title}
      aside={
        <span className={styles.note}>
          {visit.from === undefined ? (
            words.lastDay
          ) : (
            <>
              {words.since} <Ago at={new Date(since).toISOString()} />
            </>
          )}
        </span>
      }
    >
      <Answered from={vulnerabilities} rows={3}>
        {({ value }) => {
          const fresh = value.filter((each) => Date.parse(each.since) >= since);
          return (
            <Answered from={changes} rows={3}>
              {({ value: all, nextLink }) => {
                const news = newsIn(all, since);
                const isCut = nextLink !== undefined && Date.parse(all.at(-1)?.at ?? '') >= since;
                const kinds = (['unhealthy', 'fixed', 'unknown'] as const).filter((kind) => news[kind].length > 0);
                if (fresh.length === 0 && kinds.length === 0 && news.again.images === 0)
                  return <p className={styles.note}>{words.nothing}</p>;
                return (
                  <ul className={styles.news}>
                    {fresh.length === 0 ? null : (
                      <Line title={words.vulnerabilities}>
                        {fresh.slice(0, shownVulnerabilities).map(({ id, severity, images, title }) => (
                          <span key={id} className={styles.fresh}>
                            <Severity of={severity} />{' '}
                            <Link href={`/vulnerabilities/${inAddress(id)}`} title={title}>
                              <Name of={id} />
                            </Link>{' '}
                            {words.images(images)}
                          </span>
                        ))}
                        {fresh.length > shownVulnerabilities ? (
                          <Link href="/vulnerabilities?sort=-since">
                            {fresh.length === value.length && value.length === mostVulnerabilities
                              ? words.all
                              : words.more(fresh.length - shownVulnerabilities)}
                          </Link>
                        ) : null}
                      </Line>
                    )}
                    {kinds.map((kind) => (
                      <Line key={kind} title={words[kind]}>
                        <Names of={news[kind]} />
                      </Line>
                    ))}
                    {news.again.images === 0 ? null : (
                      <Line title={words.again}>{words.difference(news.again.images, news.again.difference)}</Line>
                    )}
                    {isCut ? (
                      <li>
                        <span className={styles.note}>{words.first(all.length)}</span>
                      </li>
                    ) : null}
                  </ul>
                );
              }}
            </Answered>
          );
        }}
      </Answered>
    </Section>
  );
};
