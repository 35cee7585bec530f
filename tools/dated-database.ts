/** The newest date of a vulnerability in the databases of e2e/images. */
const newest = '2026-10-02T00:00:00Z';
const before = '"LastModifiedDate":"';

/**
 * A database of e2e/images with content of the time at which it claims to be built. The sources of the fixtures name
 * few dates; those of a published database have some of each day, by which its age is bounded.
 *
 * @param builtAt a time in UTC, or a day
 */
export const datedDatabase = (database: Buffer, builtAt: string): Buffer => {
  const at = database.indexOf(`${before}${newest}`);
  if (at < 0) throw new RangeError('the database is none of e2e/images: it has no vulnerability of 2 October 2026');
  const dated = Buffer.from(database);
  const time =
    builtAt.length > '2026-10-02'.length ? `${builtAt.slice(0, -'Z'.length).slice(0, 19)}Z` : `${builtAt}T00:00:00Z`;
  dated.write(time, at + before.length, 'latin1');
  return dated;
};
