import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, ContainerSASPermissions, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeBlobs } from '@assay/testing';
import { freePort } from '../../../../tools/services/index.ts';
import { startAzurite } from '../../test/azurite.ts';
import { openBlobs } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-azurite-'));
let azurite: Awaited<ReturnType<typeof startAzurite>>;
let container: ContainerClient;
beforeAll(async () => {
  azurite = await startAzurite(folder);
  container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('blobs');
  await container.create();
});
afterAll(async () => {
  await azurite.server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An address with a signature for some rights. */
const signed = async (rights: string, minutes = 60): Promise<string> =>
  container.generateSasUrl({
    permissions: ContainerSASPermissions.parse(rights),
    startsOn: new Date(Date.now() - 7_200_000),
    expiresOn: new Date(Date.now() + minutes * 60_000),
  });

const overwrite = async (dataref: string, bytes: Buffer): Promise<void> => {
  await container.getBlockBlobClient(dataref).uploadData(bytes);
};

describeBlobs('Azure Blob Storage, with a connection string', () => ({
  open: () => openBlobs({ ASSAY_BLOBS: container.url, ASSAY_BLOBS_CONNECTION_STRING: azurite.connectionString }, ''),
  overwrite,
}));

describe('with a shared access signature', () => {
  let url: string;
  beforeAll(async () => {
    url = await signed('rcwdl');
  });
  describeBlobs('Azure Blob Storage, with a signature', () => ({
    open: () => openBlobs({ ASSAY_BLOBS: url }, ''),
    overwrite,
  }));
});

describe('a blob of a container', () => {
  const open = () =>
    openBlobs({ ASSAY_BLOBS: container.url, ASSAY_BLOBS_CONNECTION_STRING: azurite.connectionString }, '');

  it('is read with a signature for reading alone', async () => {
    const { dataref } = await open().put(Buffer.from('an inventory'), { area: 'inventories', compressed: true });
    const reader = openBlobs({ ASSAY_BLOBS: await signed('r') }, '');
    expect((await reader.get(dataref)).toString()).toBe('an inventory');
    await expect(reader.delete(dataref)).rejects.toMatchObject({ code: 'blobs-unauthorized' });
  });

  it('is young again after it was written again', async () => {
    const bytes = Buffer.from('a report');
    const { dataref } = await open().put(bytes);
    const before = await container.getBlobClient(dataref).getProperties();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
    try {
      await open().put(bytes);
    } finally {
      clock.mockRestore();
    }
    const after = await container.getBlobClient(dataref).getProperties();
    expect(after.etag).not.toBe(before.etag);
    await open().put(bytes);
    expect((await container.getBlobClient(dataref).getProperties()).etag).toBe(after.etag);
  });

  it('whose source changes while it is sent is not stored', async () => {
    let times = 0;
    const source = async function* () {
      times += 1;
      yield Buffer.from(`content ${times}`);
    };
    await expect(open().putStream(source, { area: 'changing' })).rejects.toMatchObject({ code: 'blob-damaged' });
    for await (const blob of open().list('changing')) expect(blob).toBeUndefined();
    expect(times).toBe(2);
  });
});

describe('a container', () => {
  it('that does not exist is named in the error', async () => {
    const blobs = openBlobs(
      { ASSAY_BLOBS: `${azurite.url}/another`, ASSAY_BLOBS_CONNECTION_STRING: azurite.connectionString },
      '',
    );
    await expect(blobs.ready()).rejects.toMatchObject({
      code: 'blobs-unfit',
      retriable: false,
      message: expect.stringMatching(/^There is no container http.*\/another: create it/),
    });
    await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({ code: 'blobs-unfit' });
  });

  it('that refuses access fails with what to check, without secrets', async () => {
    const signature = await signed('r', -30);
    const failure = await openBlobs({ ASSAY_BLOBS: signature }, '')
      .ready()
      .catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({
      code: 'blobs-unauthorized',
      message: expect.stringContaining('check the signature in ASSAY_BLOBS'),
    });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('sig=');
    await expect(openBlobs({ ASSAY_BLOBS: await signed('r') }, '').ready()).rejects.toMatchObject({
      code: 'blobs-unauthorized',
    });
  });

  it('of another account than the connection string is refused', async () => {
    await expect(
      openBlobs(
        {
          ASSAY_BLOBS: 'https://other.blob.core.windows.net/blobs',
          ASSAY_BLOBS_CONNECTION_STRING: azurite.connectionString,
        },
        '',
      ).ready(),
    ).rejects.toMatchObject({ code: 'blobs-unfit', message: expect.stringContaining('name different accounts') });
    await expect(
      openBlobs({ ASSAY_BLOBS: container.url, ASSAY_BLOBS_CONNECTION_STRING: 'AccountKey=secret' }, '').ready(),
    ).rejects.toMatchObject({ code: 'blobs-unfit', message: expect.not.stringContaining('secret') });
  });

  it('that cannot be reached fails as retriable', async () => {
    const unreachable = openBlobs({ ASSAY_BLOBS: `http://127.0.0.1:${await freePort()}/account/blobs?sig=x` }, '');
    await expect(unreachable.ready()).rejects.toMatchObject({
      code: 'blobs-unreachable',
      retriable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
