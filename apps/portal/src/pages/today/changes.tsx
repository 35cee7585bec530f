import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { askFor } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer, type Page } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useScope } from '../../frame/scope.tsx';
import { oneOf, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { lastOf, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { deltaText } from './unknown.ts';
import styles from './today.module.css';

const words = texts.today.changes;

type Change = components['schemas']['Change'];
type ChangesPage = Page<Change>;

const kinds = ['all', 'other', 'push'] as const;
const changeFilters = { changes: viewed(oneOf(kinds, 'all')) };

/** So many lines; the history of an image has the rest. */
const shownLines = 25;

const Line = ({ of: change }: { readonly of: Change }): ReactElement => (
  <li>
    <span className={styles.when}>
      <Ago at={change.at} />
    </span>
    <span className={styles.what}>
      <Link href={`/images/${change.digest}`}>
        <Name of={change.repository} />
      </Link>{' '}
      <Name of={lastOf(change.registryId)} className={styles.note ?? ''} />
    </span>
    <span className={styles.turn}>
      {change.before === undefined || change.before.status === change.status ? null : (
        <>
          <Status of={change.before.status} isBrief />
          <span aria-hidden="true">→</span>
        </>
      )}
      <Status of={change.status} reason={change.reason} />
    </span>
    <span className={styles.counts}>
      {change.status !== 'unhealthy' ? null : change.before?.status === 'unhealthy' ? (
        deltaText(change.before.bySeverity, change.bySeverity) || words.sameCounts
      ) : (
        <SeverityBar counts={change.bySeverity} />
      )}
    </span>
    <span className={styles.cause}>{change.isPush ? words.push : harmless(wordFor(words.causes, change.cause))}</span>
  </li>
);

/** Changes of images, those that come while the page is open on top. */
export const Changes = (): ReactElement => {
  const scope = useScope();
  const { values, href } = useFilters(changeFilters);
  // The frame follows the stream of changes, and lets this list ask again after each.
  const query = {
    top: String(shownLines),
    ...(scope === '' ? {} : { subscription: scope }),
    ...(values.changes === 'all' ? {} : { push: String(values.changes === 'push') }),
  };
  const changes = useAnswer<ChangesPage>(['/assay/changes', query], (signal) =>
    askFor('/assay/changes', query, { signal, headers: { accept: 'application/json' } }),
  );
  return (
    <Section
      id="changes"
      title={words.title}
      aside={
        <>
          <Tabs
            label={words.title}
            tabs={kinds.map((kind) => ({
              name: words.kinds[kind],
              href: href({ changes: kind }),
              isCurrent: values.changes === kind,
            }))}
          />
        </>
      }
    >
      <Answered from={changes}>
        {({ value }) =>
          value.length === 0 ? (
            <Nothing title={words.none[values.changes]} />
          ) : (
            <ol className={styles.lines}>
              {value.map((change) => (
                <Line key={`${change.at} ${change.registryId} ${change.repository} ${change.digest}`} of={change} />
              ))}
            </ol>
          )
        }
      </Answered>
    </Section>
  );
};
