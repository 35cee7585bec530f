/**
 * Releases with an end of support, by the bucket of their advisories, in lower case. From that day on a database may
 * leave one out. A release that is not here counts as supported. Source: the dates that the makers published, as of
 * November 2026; of Debian the end of LTS, of Ubuntu that of standard support.
 */
const supportEnds: Readonly<Record<string, string>> = {
  'alma 8': '2029-03-01',
  'alma 9': '2032-05-31',
  'alma 10': '2035-05-31',
  ...Object.fromEntries(
    ['3.2', '3.3', '3.4', '3.5', '3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15'].map(
      (release) => [`alpine ${release}`, '2023-11-01'],
    ),
  ),
  'alpine 3.16': '2024-05-23',
  'alpine 3.17': '2024-11-22',
  'alpine 3.18': '2025-05-09',
  'alpine 3.19': '2025-11-01',
  'alpine 3.20': '2026-04-01',
  'alpine 3.21': '2026-11-01',
  'alpine 3.22': '2027-05-01',
  'alpine 3.23': '2027-11-01',
  'amazon linux 1': '2023-12-31',
  'amazon linux 2': '2026-06-30',
  'amazon linux 2022': '2023-03-15',
  'amazon linux 2023': '2029-06-30',
  'azure linux 3.0': '2027-07-31',
  'cbl-mariner 1.0': '2023-07-31',
  'cbl-mariner 2.0': '2025-07-31',
  'debian 7': '2018-05-31',
  'debian 8': '2020-06-30',
  'debian 9': '2022-06-30',
  'debian 10': '2024-06-30',
  'debian 11': '2026-08-31',
  'debian 12': '2028-06-30',
  'debian 13': '2030-06-30',
  'opensuse leap 15.4': '2023-12-07',
  'opensuse leap 15.5': '2024-12-31',
  'opensuse leap 15.6': '2026-04-30',
  'opensuse leap 16.0': '2027-10-31',
  'oracle linux 5': '2017-06-30',
  'oracle linux 6': '2021-03-31',
  'oracle linux 7': '2024-12-31',
  'oracle linux 8': '2029-07-31',
  'oracle linux 9': '2032-06-30',
  'oracle linux 10': '2035-06-30',
  'photon os 3.0': '2024-03-01',
  'photon os 4.0': '2026-03-01',
  'rocky 8': '2029-05-31',
  'rocky 9': '2032-05-31',
  'rocky 10': '2035-05-31',
  'suse linux enterprise 15.6': '2025-12-31',
  'suse linux enterprise 15.7': '2031-07-31',
  'ubuntu 12.04': '2017-04-28',
  'ubuntu 14.04': '2019-04-02',
  'ubuntu 16.04': '2021-04-02',
  'ubuntu 18.04': '2023-05-31',
  'ubuntu 20.04': '2025-05-31',
  'ubuntu 22.04': '2027-06-01',
  'ubuntu 24.04': '2029-05-31',
  'ubuntu 26.04': '2031-05-31',
};

/** True unless the support of the release of a bucket has ended by a time, ms since the epoch. */
export const isSupported = (bucket: string, now: number): boolean => {
  const end = supportEnds[bucket.toLowerCase()];
  return end === undefined || now < Date.parse(end) + 24 * 60 * 60_000;
};

/** The buckets of releases in support of which a database has nothing, sorted. */
export const lackingReleases = (buckets: ReadonlyMap<string, number>, now: number): readonly string[] => {
  const names = new Set([...buckets].filter(([, entries]) => entries > 0).map(([name]) => name.toLowerCase()));
  return Object.keys(supportEnds)
    .filter((bucket) => isSupported(bucket, now) && !names.has(bucket))
    .toSorted();
};
