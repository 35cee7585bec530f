import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { debian, dpkgPackage, layerOf, vulnerable, type MadeLayer } from '../../../test/layouts.ts';
import { rpmFile } from '../../../test/rpm-databases.ts';
import { listAt, summaryOf } from '../../../test/summaries.ts';
import type { WitnessLine, WitnessTask } from './answer.ts';
import { readImage } from './read-image.ts';

const given = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-read-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const put = (folder: string, name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const linesOf = async (folder: string, layers: WitnessTask['layers']): Promise<WitnessLine[]> => {
  const lines: WitnessLine[] = [];
  await readImage({ layers }, folder, (line) => lines.push(structuredClone(line)));
  return lines;
};
const read = (folder: string, digest: string, { blob }: MadeLayer) => ({ digest, blob: put(folder, digest, blob) });
const shape = (lines: readonly WitnessLine[]): string[] =>
  lines.map((line) => ('layer' in line ? line.layer : 'image'));

it('each layer is printed when it was read, and then the answer', async () => {
  const folder = given();
  const [base, above] = [await layerOf(debian(dpkgPackage('bash'))), await layerOf(debian(vulnerable))];
  const lines = await linesOf(folder, [read(folder, 'a', base), read(folder, 'b', above)]);
  expect(shape(lines)).toEqual(['a', 'b', 'image']);
  expect(lines.at(-1)).toMatchObject({
    diffIds: [base.diffId, above.diffId],
    image: { databases: [{ packages: [['libssl3', '3.5.1-1']] }], systems: [{ version: '13' }, { version: '13.0' }] },
  });
});

it('an image without layers has an answer', async () => {
  expect(await linesOf(given(), [])).toEqual([
    {
      image: {
        databases: [],
        others: [],
        systems: [],
        languages: [],
        manifests: [],
        notes: [],
        unread: [],
        entries: 0,
      },
      diffIds: [],
    },
  ]);
});

it('a layer with a summary is not read again, and not printed', async () => {
  const folder = given();
  const kept = summaryOf([listAt('var/lib/dpkg/status', ['bash'])]);
  const known = { digest: 'a', summary: put(folder, 'a.json', JSON.stringify(kept)) };
  const lines = await linesOf(folder, [known, read(folder, 'b', await layerOf([{ name: 'x' }]))]);
  expect(shape(lines)).toEqual(['b', 'image']);
  expect(lines.at(-1)).toMatchObject({ image: { databases: [{ packages: [['bash', '1']] }], entries: 2 } });
});

it('a layer that an image has twice is read once', async () => {
  const folder = given();
  const layer = await layerOf(debian(vulnerable));
  const lines = await linesOf(folder, [
    read(folder, 'a', layer),
    read(folder, 'b', layer),
    { digest: 'a', blob: 'gone' },
  ]);
  expect(shape(lines)).toEqual(['a', 'b', 'image']);
  expect(lines.at(-1)).toMatchObject({ diffIds: [layer.diffId, layer.diffId, layer.diffId] });
});

it('databases of SQLite are counted when all other layers are printed', async () => {
  const folder = given();
  const bytes = rpmFile('mariner2-journal.rpmdb.sqlite.zst');
  const rpm = await layerOf([{ name: 'var/lib/rpm/rpmdb.sqlite', content: bytes }]);
  const two = await layerOf([
    { name: 'var/lib/rpm/rpmdb.sqlite', content: bytes },
    { name: 'usr/lib/sysimage/rpm/rpmdb.sqlite', content: Buffer.concat([bytes.subarray(0, 100)]) },
  ]);
  const lines = await linesOf(folder, [
    read(folder, 'a', rpm),
    read(folder, 'b', two),
    read(folder, 'c', await layerOf(debian(vulnerable))),
  ]);
  expect(shape(lines)).toEqual(['c', 'a', 'b', 'image']);
  const last = lines.at(-1);
  expect(last && 'image' in last && last.image.databases.map(({ packages }) => packages?.length)).toEqual([1, 3, 0]);
  expect(last).toMatchObject({
    image: { unread: [{ path: 'usr/lib/sysimage/rpm/rpmdb.sqlite', reason: 'malformed-database' }] },
  });
  expect(JSON.stringify(lines)).not.toContain('counting');
});

it('a file that cannot be read is an error of the system', async () => {
  await expect(linesOf(given(), [{ digest: 'a', blob: 'gone' }])).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(linesOf(given(), [{ digest: 'a', summary: 'gone' }])).rejects.toMatchObject({ code: 'ENOENT' });
});
