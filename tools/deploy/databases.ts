import { defaultSources, sourcesIn } from '../../apps/ingestion/src/advisories/sources.ts';

/** True if a setting of sources has the places of the maker of the database, in the order of the default. */
export const namesTheMakers = (sources: unknown): boolean =>
  typeof sources === 'string' &&
  JSON.stringify(sourcesIn(sources)?.map(({ name }) => name)) === JSON.stringify(defaultSources);

/** Settings by which a runner has a database of its own, and takes none that is announced. */
export const ownDatabase = ['ASSAY_TRIVY_DB', 'ASSAY_TRIVY_JAVA_DB'];
