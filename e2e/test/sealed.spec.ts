import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { recordsOf as allRecordsOf, written } from '../../libs/seals/test/forged.ts';
import { run } from '../../apps/assay/test/answering.ts';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { recordsOf, temporaryData, TestSuite } from './suite.ts';

interface Answer {
  readonly state: string;
  readonly records: number;
  readonly unsealed: number;
  readonly differences: readonly { readonly topic?: string; readonly offset?: number; readonly text: string }[];
}

/** Writes the log of a copied data folder again, as one would who has no key: by its own program. */
const forged = async ({ log }: DataFolder, from: string, to: string): Promise<number> => {
  const old = new EmbeddedLog(log);
  const records = await allRecordsOf(old);
  await old.close();
  let at = -1;
  for (const [place, each] of records)
    if (place.startsWith('usage.charged/'))
      each.forEach((record, offset) => {
        if (!record.value.includes(from)) return;
        each[offset] = { ...record, value: record.value.replace(from, to) };
        at = offset;
      });
  for (const name of [log, `${log}-wal`, `${log}-shm`]) await rm(name, { force: true });
  const changed = new EmbeddedLog(`${log}.new`);
  await written(records, changed);
  await changed.close();
  await rename(`${log}.new`, log);
  return at;
};

// Each command leaves its exit code in this process.
afterEach(() => {
  process.exitCode = 0;
});

it('a charge that was changed in a copy of the data folder is named with its offset', async () => {
  const suite = await TestSuite.start({ env: { ASSAY_SEAL_SECONDS: '1' } });
  const { url, token } = suite.suite.endpoint;
  const digest = await suite.push('debian-13.0', 'debian', '13.0');
  await suite.charged(digest, 'debian');
  const get = async (path: string) => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()) as any;
  };
  const charges = await recordsOf(suite.suite, 'usage.charged');
  expect(charges.map(({ data }) => data.amount)).toEqual(['0.29']);
  const { value: keys } = await get('/assay/keys');
  expect(keys).toMatchObject([{ algorithm: 'Ed25519', isCurrent: true }]);
  const statement = join(suite.data.path, 'statement.json');
  await writeFile(statement, JSON.stringify(await get(`/assay/images/${digest}/statement`)));
  const key = join(suite.data.path, 'auditor.pem');
  await writeFile(key, keys[0].publicKey as string);
  await expect.poll(() => get('/assay/seals')).toMatchObject({ state: 'good', verified: { keys: [keys[0].keyId] } });
  const sealedUpTo = async () => (await get('/assay/seals')).verified as { seals: number };
  const { seals } = await sealedUpTo();
  await expect.poll(async () => (await sealedUpTo()).seals).toBeGreaterThan(seals);
  await suite.suite.close();

  const verify = async (data: DataFolder, ...more: readonly string[]): Promise<Answer> =>
    JSON.parse((await run({}, 'verify', '--json', '--data', data.path, ...more)).out) as Answer;
  expect(await verify(suite.data, '--key', key)).toMatchObject({ state: 'good', differences: [] });
  expect(process.exitCode).toBe(0);
  expect(await run({}, 'verify', '--statement', statement, '--key', key)).toMatchObject({
    out: expect.stringContaining('Good: it is signed by the key'),
  });
  await writeFile(statement, (await readFile(statement, 'utf8')).replace('"payload":"e', '"payload":"f'));
  expect((await run({}, 'verify', '--statement', statement, '--key', key)).out).toContain('Not to be believed');

  const copy = await temporaryData();
  await cp(suite.data.path, copy.path, { recursive: true });
  const offset = await forged(copy, '"0.29"', '"0.19"');
  await rm(join(copy.path, 'stores'), { recursive: true });
  const { state, differences } = await verify(copy, '--key', key);
  expect([state, process.exitCode]).toEqual(['differs', 1]);
  expect(differences).toMatchObject([{ kind: 'record-differs', topic: 'usage.charged', offset }]);
  const { out } = await run({}, 'verify', '--data', copy.path);
  expect(out).toContain(`offset ${offset} is not what stood there`);
});
