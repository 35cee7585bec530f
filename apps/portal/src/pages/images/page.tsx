import { useState, type ReactElement } from 'react';
import { Link, useLocation } from 'wouter';
import { Button } from '../../components/button.tsx';
import { FirstPush } from '../../components/first-push.tsx';
import { Download } from '../../components/download.tsx';
import { OpenQuery } from '../../components/open-query.tsx';
import { SelectionBar } from '../../components/selection-bar.tsx';
import { Chips, Answered, NothingLeft } from '../../components/states.tsx';
import { Table, Total } from '../../components/table.tsx';
import { Untagged } from '../../components/untagged.tsx';
import { UnwatchedRegistries } from '../../components/unwatched.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { imagesQuery } from '../../kql/lists.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { reasonText } from '../../text/reason.ts';
import { texts } from '../../texts.ts';
import { imageColumns, imageHref, imageKey, imageName } from './columns.tsx';
import { imageFilters, leftOut, unknownOnly } from './filters.ts';
import { FilterBar } from './filter-bar.tsx';
import { useImages } from './use-images.ts';
import styles from './images.module.css';

const Page = (): ReactElement => {
  const scope = useScope();
  const filters = useFilters(imageFilters);
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const wanted = {
    ...filters.query,
    sort: filters.values.sort,
    ...(scope === '' ? {} : { subscription: scope }),
  };
  const images = useImages(wanted);
  const [, navigate] = useLocation();
  const digests = [
    ...new Set(images.rows.filter((image) => selected.has(imageKey(image))).map(({ digest }) => digest)),
  ];
  const unknown = images.data?.unknown;
  const meaning = reasonText(filters.values.reason);
  const missing = leftOut(filters.values, unknown);
  return (
    <>
      <Heading title={texts.pages.images}>
        <Total of={images} within={filters.hiding.length > 0 ? images.data?.all : undefined}>
          {images.data?.hidden ? texts.images.hidden(images.data.hidden) : null}
        </Total>
        <span className={styles.commands}>
          <OpenQuery of={imagesQuery(filters.values)} />
          <Download
            path={`/assay/images?${new URLSearchParams({ ...wanted, format: 'csv' }).toString()}`}
            accept="text/csv"
            name="images.csv"
          >
            {texts.download.csv}
          </Download>
        </span>
      </Heading>
      <UnwatchedRegistries />
      <FilterBar filters={filters} counts={images.data?.counts} />
      <Chips hiding={filters.hiding.filter(({ name }) => name !== 'status')} clear={filters.clear} />
      {meaning === undefined ? null : <p className={styles.meaning}>{meaning}</p>}
      {missing === undefined ? null : (
        <p className={styles.meaning}>
          {texts.images.leftOut.text(missing)} <Link href={filters.href(unknownOnly)}>{texts.images.leftOut.show}</Link>
        </p>
      )}
      <Untagged images={images.data?.untagged} href={filters.href({ untagged: 'include' })} />
      <div className={styles.list}>
        <Answered from={images}>
          {() =>
            images.rows.length > 0 ? (
              <Table
                caption={texts.images.caption}
                columns={imageColumns(images.rows)}
                rows={images.rows}
                total={images.total}
                rowKey={imageKey}
                rowName={imageName}
                href={imageHref}
                selection={{ keys: selected, set: select }}
                sort={filters.values.sort}
                onSort={(sort) => filters.set({ sort: sort as never })}
                hasMore={images.hasMore}
                more={images.more}
              />
            ) : filters.hiding.length > 0 ? (
              <NothingLeft of={images.data?.all} hiding={filters.hiding} clear={filters.clear} />
            ) : (
              <FirstPush />
            )
          }
        </Answered>
      </div>
      <SelectionBar count={selected.size} clear={() => select(new Set())}>
        <Button
          prevented={digests.length === 2 ? undefined : texts.images.compareTwo}
          onClick={() => navigate(`/compare?from=${digests[0] ?? ''}&to=${digests[1] ?? ''}`)}
        >
          {texts.images.compare}
        </Button>
        <Button
          onClick={() =>
            void navigator.clipboard.writeText(digests.map((digest) => `npx assay gate ${digest}`).join('\n'))
          }
        >
          {texts.images.gate}
        </Button>
      </SelectionBar>
    </>
  );
};
export default Page;
