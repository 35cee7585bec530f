import type { ReactElement } from 'react';
import { Link, useSearch } from 'wouter';
import { Card } from '../../components/facts.tsx';
import { SmallTable } from '../../components/small-table.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Untagged } from '../../components/untagged.tsx';
import { hitsOf, imagesHref, useFound, vulnerabilitiesHref, type Hit } from '../../frame/found.ts';
import { Heading } from '../../frame/heading.tsx';
import { numberText } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import { searchTexts as words } from './texts.ts';
import styles from './search.module.css';

/** Hits of each kind; the lists have all of them. */
const shownHits = 20;

const columns = (isCounted: boolean) => [
  {
    key: 'name',
    title: words.columns.name,
    isMain: true,
    cell: ({ name, href }: Hit) => (
      <Link href={href}>
        <Name of={name} />
      </Link>
    ),
  },
  ...(isCounted
    ? [
        {
          key: 'images',
          title: words.columns.images,
          align: 'end' as const,
          cell: ({ images = 0 }: Hit) => numberText(images),
        },
      ]
    : []),
  { key: 'about', title: words.columns.about, grows: true, cell: ({ about = '' }: Hit) => <Name of={about} /> },
];

/** All that has a text in its name, by kind. */
const Page = (): ReactElement => {
  const text = new URLSearchParams(useSearch()).get('q')?.trim() ?? '';
  const found = useFound(text, shownHits);
  const heading = <Heading title={text === '' ? texts.pages.search : words.found(harmless(text))} />;
  if (text === '')
    return (
      <>
        {heading}
        <Nothing title={words.begin} />
      </>
    );
  return (
    <>
      {heading}
      <Answered from={found}>
        {(answer) => {
          const kinds = hitsOf(text, answer);
          return (
            <div className={styles.found}>
              {answer.packages.total === 0 && answer.vulnerabilities.total === 0 ? null : (
                <p className={styles.sum}>
                  <Name of={text} />: <Link href={imagesHref(text)}>{words.images(answer.packages.images)}</Link>,{' '}
                  <Link href={vulnerabilitiesHref(text)}>{words.vulnerabilities(answer.vulnerabilities.total)}</Link>
                </p>
              )}
              {kinds.length === 0 ? <Nothing title={words.none} /> : null}
              {kinds.map(({ kind, total, hits, all }) => (
                <Card key={kind}>
                  <h2>
                    {words.kinds[kind]} <span className={styles.note}>{numberText(total)}</span>
                  </h2>
                  <SmallTable
                    caption={words.kinds[kind]}
                    columns={columns(hits[0]?.images !== undefined)}
                    rows={hits}
                    rowKey={({ href, name }) => `${href} ${name}`}
                  />
                  {total > hits.length ? (
                    <p>
                      {all === undefined ? (
                        words.more(total - hits.length)
                      ) : (
                        <Link href={all}>{words.more(total - hits.length)}</Link>
                      )}
                    </p>
                  ) : null}
                </Card>
              ))}
              <p className={styles.note}>{words.limits}</p>
              {answer.unknownImages === 0 ? null : (
                <p>
                  <Link href="/images?status=undetermined,queued,scanning">{words.unknown(answer.unknownImages)}</Link>
                </p>
              )}
              <Untagged images={answer.untaggedImages} />
            </div>
          );
        }}
      </Answered>
    </>
  );
};
export default Page;
