import { expect, it } from 'vitest';
import { bytesOf, databaseFolder, states } from '../../libs/advisories/test/databases.ts';
import { recordsOf, TestSuite } from './suite.ts';

const hourMs = 60 * 60_000;

/** A database of its own digest, built so many hours ago, with or without what it knows of Debian 13. */
const databaseOf = async (name: string, hours: number, isHoled: boolean): Promise<string> => {
  const { database } = await bytesOf(states.november);
  const holed = Buffer.from(database.toString('latin1').replaceAll('debian 13', 'debian 14'), 'latin1');
  const UpdatedAt = new Date(Date.now() - hours * hourMs).toISOString();
  return databaseFolder(Buffer.concat([isHoled ? holed : database, Buffer.from(name)]), { UpdatedAt });
};

it('a database with a hole changes no status: findings go once a later database has the hole, too', async () => {
  const first = await TestSuite.start({ env: { ASSAY_TRIVY_DB: await databaseOf('a', 60, false) } });
  const digest = await first.push('debian-13.0', 'debian', 'v1');
  const before = await first.settled(digest, 'debian');
  expect(before.status).toBe('unhealthy');
  const count = (await first.findings(digest, 'debian')).length;
  const recommended = await recordsOf(first.suite, 'recommendation.changed');
  await first.suite.close();

  const second = await TestSuite.start({ data: first.data, env: { ASSAY_TRIVY_DB: await databaseOf('b', 50, true) } });
  const keptIn = async (suite: TestSuite): Promise<number> =>
    (await suite.findings(digest, 'debian')).filter(({ advisoryRemoved }) => advisoryRemoved !== undefined).length;
  await expect.poll(() => keptIn(second)).toBe(count);
  expect((await second.settled(digest, 'debian')).status).toBe('unhealthy');
  expect(await recordsOf(second.suite, 'recommendation.changed')).toHaveLength(recommended.length);
  // An image that is pushed for the first time has none of its findings: it is never healthy by them.
  const later = await second.push('web-trixie', 'web', 'v1');
  await second.settled(later, 'web');
  expect(await second.findings(later, 'web')).toEqual([]);
  await second.suite.close();

  const third = await TestSuite.start({ data: first.data, env: { ASSAY_TRIVY_DB: await databaseOf('c', 1, true) } });
  await expect.poll(() => third.findings(digest, 'debian')).toEqual([]);
  expect(await third.settled(digest, 'debian')).toMatchObject({
    status: 'undetermined',
    reason: 'advisories-missing',
  });
  // The mark alone ended the wait: the runner published nothing about the image since the hole.
  const results = await recordsOf(third.suite, 'scan.completed');
  expect(results.filter(({ data }) => data.digest === digest)).toHaveLength(2);
});
