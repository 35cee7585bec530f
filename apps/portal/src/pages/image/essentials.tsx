import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { isResult } from '../../api/lists.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Digest } from '../../components/digest.tsx';
import { Download } from '../../components/download.tsx';
import { Facts } from '../../components/facts.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Status } from '../../components/status.tsx';
import { Heading } from '../../frame/heading.tsx';
import type { Filters } from '../../hooks/use-filters.ts';
import { durationText, lastOf, numberText, shortDigest, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Ago, Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import type { imageFilters } from './filters.ts';
import { Newer } from './newer-push.tsx';
import { Next } from './next.tsx';
import { Reasons } from './reasons.tsx';
import { nameOf, placeOf, type PlacedImage } from './placement.ts';
import styles from './image.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.image;

const reports = [
  ['SARIF', 'application/sarif+json', 'sarif.json'],
  ['CycloneDX', 'application/vnd.cyclonedx+json', 'cdx.json'],
  ['SPDX', 'application/spdx+json', 'spdx.json'],
] as const;

export interface EssentialsProps {
  readonly placement: PlacedImage;
  readonly placements: readonly PlacedImage[];
  readonly filters: Filters<typeof imageFilters>;
}

/** The head of an image's page: name, status, and the facts that tell one image from another. */
export const Essentials = ({ placement, placements, filters }: EssentialsProps): ReactElement => {
  const { digest, repository, status, since, advisoriesAt, bySeverity, findings, fixable, exempt, listedIn } =
    placement;
  const [, ...otherTags] = placement.tags;
  const provesNothing = findings === 0 && !isResult(status);
  const {
    operatingSystem: system,
    architecture,
    pushedAt,
    pushToRecommendationMs: waited,
    charge,
    running,
    untagged,
  } = placement;
  return (
    <>
      <p className={styles.path}>
        <Link href="/images">{texts.pages.images}</Link>
        <span aria-hidden="true">/</span>
        <Link href={`/images?repository=${inAddress(repository)}`}>
          <Name of={repository} />
        </Link>
      </p>
      <Heading title={nameOf(placement)} name={<Name of={nameOf(placement)} />}>
        <Status of={status} size="large" />
        {since === undefined ? null : (
          <span className={styles.muted}>
            {words.since} <Ago at={since} />
          </span>
        )}
        {advisoriesAt === undefined ? null : (
          <span className={styles.muted}>
            {words.advisories[0]} <Ago at={advisoriesAt} /> {words.advisories[1]}
          </span>
        )}
        <span className={styles.commands}>
          {findings === undefined || placement.children !== undefined
            ? null
            : reports.map(([name, accept, ending]) => (
                <Download
                  key={name}
                  path={`/assay/images/${digest}/findings`}
                  accept={accept}
                  name={`${shortDigest(digest)}.${ending}`}
                >
                  {name}
                </Download>
              ))}
          <ButtonLink to={`/compare?from=${digest}`} look="plain">
            {words.compare}
          </ButtonLink>
        </span>
      </Heading>
      <Reasons of={[...(placement.reason === undefined ? [] : [placement.reason]), ...(placement.doubts ?? [])]} />
      {findings === undefined ? null : (
        <div className={styles.severity}>
          {provesNothing ? null : <SeverityBar counts={bySeverity} isLong />}
          <span className={styles.muted}>
            {provesNothing ? words.proveNothing : words.fixable(fixable ?? 0, findings)}
            {exempt ? ` · ${words.exempt(exempt)}` : ''}
          </span>
        </div>
      )}
      <Newer of={placement} />
      <Next of={placement} />
      <Facts
        of={[
          [
            words.facts.digest,
            <>
              <Digest of={digest} />
              <Copy text={digest} />
            </>,
          ],
          [
            words.facts.place,
            placements.length > 1 ? (
              <select
                aria-label={words.facts.place}
                value={placeOf(placement)}
                onChange={({ target }) => filters.set({ place: target.value })}
              >
                {placements.map((each) => (
                  <option key={placeOf(each)} value={placeOf(each)}>
                    {harmless(`${placeOf(each)} · ${wordFor(texts.statuses, each.status)}`)}
                  </option>
                ))}
              </select>
            ) : (
              <Name of={lastOf(placement.registryId)} />
            ),
          ],
          [words.facts.tags, otherTags.length === 0 ? undefined : <Name of={otherTags.join(', ')} />],
          [
            words.facts.system,
            system === undefined ? undefined : (
              <>
                <Name of={`${system.family} ${system.version}`} />
                {system.endOfLife ? <span className={styles.warning}>{words.endOfLife}</span> : null}
              </>
            ),
          ],
          [
            words.facts.platform,
            placement.os === undefined ? undefined : (
              <Name of={[placement.os, architecture].filter(Boolean).join('/')} />
            ),
          ],
          [words.facts.pushed, pushedAt === undefined ? undefined : <Moment at={pushedAt} />],
          [words.facts.waited, waited === undefined ? undefined : durationText(waited)],
          [
            words.facts.index,
            listedIn.length === 0 ? undefined : (
              <>
                {listedIn.slice(0, 3).map((index) => (
                  <Link key={index} href={`/images/${index}`}>
                    <Digest of={index} />
                  </Link>
                ))}
                {listedIn.length > 3 ? `+${numberText(listedIn.length - 3)}` : ''}
              </>
            ),
          ],
          [
            words.facts.untagged,
            untagged && (
              <>
                <Ago at={untagged.since} />
                {untagged.lost.slice(0, 3).map(({ tag, digest: names }) => (
                  <div key={tag}>
                    <Name of={tag} /> {names === undefined ? words.lostTag[1] : words.lostTag[0]}{' '}
                    {names === undefined ? null : (
                      <Link href={`/images/${names}`}>
                        <Digest of={names} />
                      </Link>
                    )}
                  </div>
                ))}
              </>
            ),
          ],
          [
            words.facts.running,
            running?.length === 0
              ? words.runsNowhere
              : running?.map(({ cluster, namespaces = [], since: from, seenAt, silent }) => (
                  <div key={cluster}>
                    <Name of={[cluster, ...namespaces].join(' · ')} />{' '}
                    <span className={styles.muted}>
                      {words.since} <Ago at={from} />
                    </span>
                    {silent ? (
                      <span className={styles.warning}>
                        {words.notKnownSince} <Ago at={seenAt} />
                      </span>
                    ) : null}
                  </div>
                )),
          ],
          [words.facts.charge, charge === undefined ? undefined : `${charge.amount} ${charge.currency}`],
        ]}
      />
    </>
  );
};
