/** The newest date of a vulnerability in the databases of e2e/images. */
const newest = Buffer.from('"LastModifiedDate":"2026-10-02');

/**
 * A database of e2e/images with content of the day on which it claims to be built. The sources of the fixtures name
 * few dates; those of a published database have some of each day, by which its age is bounded.
 *
 * @param builtAt a time or day of it
 */
export const datedDatabase = (database: Buffer, builtAt: string): Buffer => {
  const at = database.indexOf(newest);
  if (at < 0) throw new RangeError('the database is none of e2e/images: it has no vulnerability of 2 October 2026');
  const dated = Buffer.from(database);
  dated.write(builtAt.slice(0, '2026-10-02'.length), at + newest.length - '2026-10-02'.length, 'latin1');
  return dated;
};
