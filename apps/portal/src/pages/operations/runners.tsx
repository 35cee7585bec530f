import { wordFor } from '../../text/format.ts';
import type { ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Digest } from '../../components/digest.tsx';
import { Card, Facts, Section } from '../../components/facts.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Ago, Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { Notes, standingOf } from './services.tsx';
import { Standing } from './standing.tsx';
import styles from './operations.module.css';

const words = texts.operations.runners;

type Runner = components['schemas']['Runner'];

/** How much of the slots is used, to see at a glance; the numbers are beside it. */
const Slots = ({ used, of }: { readonly used: number; readonly of: number }): ReactElement => (
  <span className={styles.slots}>
    {words.slots(used, of)}
    <svg viewBox={`0 0 ${Math.max(1, of) * 10} 8`} aria-hidden="true" style={{ width: `${Math.min(of, 16) * 0.7}rem` }}>
      {Array.from({ length: of }, (_, index) => (
        <rect
          key={index}
          x={index * 10 + 1}
          y={0}
          width={8}
          height={8}
          rx={1.5}
          data-used={index < used || undefined}
        />
      ))}
    </svg>
  </span>
);

const Walls = ({
  of,
  triedAt,
}: {
  readonly of: NonNullable<Runner['walls']>;
  readonly triedAt: string | undefined;
}) => {
  const missing = of.filter(({ stands }) => !stands);
  if (of.length === 0) return <span className={styles.none}>{words.noWalls}</span>;
  return (
    <details className={styles.walls}>
      <summary>
        <Standing kind={missing.length === 0 ? 'good' : 'alarm'}>
          {words.walls(of.length - missing.length, of.length)}
        </Standing>
        {triedAt === undefined ? null : (
          <span className={styles.note}>
            {' '}
            {words.tried} <Ago at={triedAt} /> {texts.ago}
          </span>
        )}
      </summary>
      <ul>
        {[...missing, ...of.filter(({ stands }) => stands)].map(({ name, stands, detail }) => (
          <li key={name}>
            <Standing kind={stands ? 'good' : 'alarm'}>
              <Name of={stands ? name : `${name}: ${words.missing}`} />
            </Standing>{' '}
            <span className={styles.note}>
              <Name of={detail} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
};

/** Hours after which a newer database should be there. */
const usualDatabaseHours = 48;

const RunnerCard = ({ of: runner }: { readonly of: Runner }): ReactElement => {
  const { database, scanner, boundedBy, slots, walls } = runner;
  return (
    <Card>
      <header className={styles.runner}>
        <h3>
          <Name of={runner.address ?? runner.id?.slice(0, 8) ?? words.unnamed} />
        </h3>
        <Standing kind={standingOf(runner.status)}>
          {harmless(wordFor(texts.operations.services.statuses, runner.status))}
        </Standing>
        {runner.seenAt === undefined ? null : (
          <span className={styles.note}>
            {words.seen} <Ago at={runner.seenAt} /> {texts.ago}
          </span>
        )}
      </header>
      <Notes reasons={runner.reasons} notes={runner.notes} />
      <Facts
        of={[
          [words.facts.slots, slots === undefined ? undefined : <Slots {...slots} />],
          [words.facts.walls, walls === undefined ? undefined : <Walls of={walls} triedAt={runner.triedAt} />],
          [words.facts.driver, runner.driver === undefined ? undefined : <Name of={runner.driver} />],
          [
            words.facts.bounded,
            boundedBy === undefined ? undefined : (
              <span>
                <Name of={words.bounds(boundedBy)} />
                {boundedBy.why === undefined ? null : (
                  <span className={styles.note}>
                    {' '}
                    <Name of={boundedBy.why} />
                  </span>
                )}
              </span>
            ),
          ],
          [
            words.facts.scanner,
            scanner === undefined ? undefined : (
              <>
                <Name of={`${scanner.name} ${scanner.version}`} />
                {scanner.digest === undefined ? null : <Digest of={scanner.digest} />}
              </>
            ),
          ],
          [
            words.facts.database,
            database === undefined ? undefined : (
              <>
                <Standing kind={database.demonstration || database.ageHours > usualDatabaseHours ? 'warning' : 'good'}>
                  {words.age(database.ageHours)}
                  {database.demonstration ? `, ${texts.evidence.demonstration}` : ''}
                </Standing>
                <Moment at={database.builtAt} />
                <Digest of={database.digest} />
              </>
            ),
          ],
          [words.facts.version, runner.version === undefined ? undefined : <Name of={runner.version} />],
        ]}
      />
    </Card>
  );
};

export const Runners = (): ReactElement => (
  <Section id="runners" title={words.title}>
    <Answered
      from={useAnswer(['/assay/runners'], (signal) => answered(api.GET('/assay/runners', { signal })), {
        every: 10_000,
      })}
      rows={4}
    >
      {({ value }) =>
        value.length === 0 ? (
          <Nothing title={words.none} />
        ) : (
          <div className={styles.cards}>
            {value.map((runner, index) => (
              <RunnerCard key={runner.id ?? runner.address ?? index} of={runner} />
            ))}
          </div>
        )
      }
    </Answered>
  </Section>
);
