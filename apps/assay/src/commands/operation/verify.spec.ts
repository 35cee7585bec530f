import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderBlobs } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { chainStart, digestOf, publicPemOf, signedSeal, signedStatement } from '@assay/seals';
import { run } from '../../../test/answering.ts';

const { privateKey } = generateKeyPairSync('ed25519');
let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-verify-'));
  key = join(folder, 'key.pem');
  writeFileSync(key, publicPemOf(privateKey));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  // Each command leaves its exit code in this process.
  process.exitCode = 0;
});

const verify = async (...args: readonly string[]) => {
  process.exitCode = 0;
  const { out, notes, error } = await run({}, 'verify', '--key', key, ...args);
  return { text: out.replaceAll('\n', ' '), notes, error, code: process.exitCode };
};

/** A log with two seals, of two days, in which nothing else is. */
const sealedLog = async (): Promise<string> => {
  const data = join(folder, 'data');
  mkdirSync(data);
  const log = new EmbeddedLog(join(data, 'log.db'));
  let previous: string | undefined;
  for (const number of [1, 2]) {
    const prefixes = await new FolderBlobs(join(data, 'blobs')).put(Buffer.alloc(0));
    const sealedAt = `2026-12-0${number}T00:00:00.000Z`;
    const part = { topic: 'plan.changed', partition: 0, from: 0, until: 0, records: 0, root: chainStart };
    const seal = signedSeal(
      { number, ...(previous ? { previous } : {}), sealedAt, parts: [part], prefixes, periods: [] },
      privateKey,
    );
    previous = digestOf(seal);
    await log.append([{ topic: 'log.sealed', partition: 0, key: 'k', headers: {}, value: JSON.stringify(seal) }]);
  }
  await log.close();
  return data;
};

it('is good for what was compared alone, and code 2 for nothing', async () => {
  const data = await sealedLog();
  expect(await verify('--data', data)).toMatchObject({ code: 0, text: expect.stringMatching(/^Good: all that is/) });
  const since = await verify('--data', data, '--since', '2026-12-02');
  expect(since).toMatchObject({ code: 0, text: expect.stringContaining('only what was sealed since 2026-12-02') });
  expect(since.text).toContain('of 1 seal; ');
  expect(since.text).toContain('Not compared: 1 seal,');
  const none = await verify('--data', data, '--month', '2026-10');
  expect(none).toMatchObject({ code: 2, text: expect.stringContaining('2026-10 is not sealed as a closed month') });
});

it('has code 2 for a log that cannot be read', async () => {
  writeFileSync(join(folder, 'log.db'), 'garbage'.repeat(1000));
  expect(await verify('--data', folder)).toMatchObject({
    code: 2,
    text: '',
    notes: expect.stringContaining('damaged'),
  });
});

const stated = (properties: readonly string[]): string => {
  const file = join(folder, 'statement.json');
  const bundle = signedStatement(
    {
      subject: [{ name: 'web', digest: { sha256: 'a'.repeat(64) } }],
      predicate: {
        verifier: { id: 'urn:x', policies: [{ name: 'assay-gate', annotations: { subscription: 's1' } }] },
        timeCreated: new Date().toISOString(),
        properties,
        evidence: {
          places: [
            {
              repository: 'web',
              status: 'healthy',
              exempt: 232,
              database: { builtAt: '2026-11-20T00:00:00Z', demonstration: true },
            },
          ],
        },
      },
    },
    privateKey,
  );
  writeFileSync(file, JSON.stringify(bundle));
  return file;
};

it('prints scope, exempted findings and database of a statement, and requires properties', async () => {
  const file = stated(['ASSAY_ASSESSED', 'ASSAY_ALLOWED']);
  const found = await verify('--statement', file, '--require', 'ASSAY_ALLOWED,ASSAY_ASSESSED');
  expect(found).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^Good: .*subscription s1.*exempt 232 findings/),
  });
  expect(found.text).toContain('the small demonstration one');
  expect(await verify('--statement', file, '--require', 'ASSAY_HEALTHY')).toMatchObject({
    code: 1,
    text: expect.stringContaining('it lacks ASSAY_HEALTHY'),
  });
  expect(await verify('--statement', stated([]))).toMatchObject({
    code: 2,
    text: expect.stringMatching(/^Signed and new enough, but/),
  });
});

it('names a key of another kind, and refuses options that do not fit', async () => {
  const file = stated([]);
  writeFileSync(key, publicPemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey));
  expect((await verify('--statement', file)).error).toMatchObject({ message: expect.stringContaining('Ed25519') });
  expect((await verify('--require', 'ASSAY_ALLOWED')).error).toMatchObject({ reason: 'usage' });
});
