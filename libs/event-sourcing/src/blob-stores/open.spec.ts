import { describe, expect, it } from 'vitest';
import { SettingError } from '@assay/settings';
import { AzureBlobs } from './azure.ts';
import { FolderBlobs } from './folder.ts';
import { openBlobs, openSnapshots } from './open.ts';

const container = 'https://account.blob.core.windows.net/blobs';

describe('the settings of the blob store', () => {
  it('name a folder, or none', () => {
    expect(openBlobs({}, '/default')).toBeInstanceOf(FolderBlobs);
    expect(openBlobs({ ASSAY_BLOBS: 'relative/folder' }, '/default')).toBeInstanceOf(FolderBlobs);
  });

  it('name a container, with a signature or a connection string', () => {
    expect(openBlobs({ ASSAY_BLOBS: `${container}?sv=1&sig=secret` }, '')).toBeInstanceOf(AzureBlobs);
    expect(openBlobs({ ASSAY_BLOBS: container, ASSAY_BLOBS_CONNECTION_STRING: 'secret' }, '')).toBeInstanceOf(
      AzureBlobs,
    );
    expect(openBlobs({ ASSAY_BLOBS: 'http://127.0.0.1:10000/account/blobs?sig=secret' }, '')).toBeInstanceOf(
      AzureBlobs,
    );
  });

  it('name a place for snapshots, if there is one', () => {
    expect(openSnapshots({ ASSAY_BLOBS: '/blobs' })).toBeUndefined();
    expect(openSnapshots({ ASSAY_SNAPSHOTS: '/snapshots' })).toBeInstanceOf(FolderBlobs);
    expect(openSnapshots({ ASSAY_SNAPSHOTS: container, ASSAY_SNAPSHOTS_CONNECTION_STRING: 'secret' })).toBeInstanceOf(
      AzureBlobs,
    );
    expect(() => openSnapshots({ ASSAY_SNAPSHOTS: container })).toThrow('ASSAY_SNAPSHOTS needs a shared access');
    expect(() => openSnapshots({ ASSAY_SNAPSHOTS_CONNECTION_STRING: 'secret' })).toThrow(
      'ASSAY_SNAPSHOTS_CONNECTION_STRING is set without ASSAY_SNAPSHOTS',
    );
  });

  it.each([
    [{ ASSAY_BLOBS: container }, 'managed identity needs @azure/identity'],
    [{ ASSAY_BLOBS: `${container}?sig=secret`, ASSAY_BLOBS_CONNECTION_STRING: 'secret' }, 'use one of them'],
    [{ ASSAY_BLOBS_CONNECTION_STRING: 'secret' }, 'but ASSAY_BLOBS is a folder'],
    [{ ASSAY_BLOBS: 'http://account.blob.core.windows.net/blobs?sig=secret' }, 'must begin with https://'],
    [{ ASSAY_BLOBS: 'https://account.blob.core.windows.net/?sig=secret' }, 'must be a folder or look like'],
    [{ ASSAY_BLOBS: 'https://account.blob.core.windows.net/a/b?sig=secret' }, 'must be a folder or look like'],
    [{ ASSAY_BLOBS: 's3://bucket' }, 'must be a folder or look like'],
  ])('are refused with a line that names the valid form, without secrets: %o', (env, line) => {
    expect(() => openBlobs(env, '/default')).toThrow(SettingError);
    expect(() => openBlobs(env, '/default')).toThrow(line);
    try {
      openBlobs(env, '/default');
    } catch (error) {
      expect((error as Error).message).not.toContain('secret');
    }
  });
});
