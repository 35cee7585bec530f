import { resolve } from 'node:path';
import { declaredBlobs, SettingError, type Env } from '@assay/settings';
import type { BlobStore } from './blobs.ts';
import { AzureBlobs } from './azure.ts';
import { FolderBlobs } from './folder.ts';

/**
 * Opens the blob store that the settings name, by default the folder. Its `ready` checks whether it can be used.
 * @throws SettingError if the settings are invalid or ambiguous
 */
export const openBlobs = (env: Env, defaultFolder: string): BlobStore => {
  const { place = defaultFolder, connectionString } = declaredBlobs.read(env);
  if (/^https?:\/\//i.test(place))
    return new AzureBlobs({ url: containerIn(place, connectionString), connectionString });
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place))
    throw new SettingError(
      'ASSAY_BLOBS must be a folder or look like https://<account>.blob.core.windows.net/<container>',
    );
  if (connectionString)
    throw new SettingError(
      'ASSAY_BLOBS_CONNECTION_STRING is set, but ASSAY_BLOBS is a folder: set ASSAY_BLOBS to https://<account>.blob.core.windows.net/<container>, or unset the other',
    );
  return new FolderBlobs(resolve(place));
};

const isLoopback = ({ hostname }: URL): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

// The signature is a secret, so no message repeats the setting.
const containerIn = (text: string, connectionString: string | undefined): string => {
  const url = URL.parse(text);
  // An emulator has the account in the path.
  const path = url && isLoopback(url) ? /^\/[^/]+\/[^/]+$/ : /^\/[^/]+$/;
  if (!url || !path.test(url.pathname) || url.username !== '' || url.hash !== '')
    throw new SettingError(
      'ASSAY_BLOBS must be a folder or look like https://<account>.blob.core.windows.net/<container>',
    );
  if (url.protocol === 'http:' && !isLoopback(url))
    throw new SettingError('ASSAY_BLOBS must begin with https://: plain HTTP is readable on the way');
  const signed = url.searchParams.has('sig');
  if (signed === (connectionString !== undefined)) {
    throw new SettingError(
      signed
        ? 'ASSAY_BLOBS has a signature, and ASSAY_BLOBS_CONNECTION_STRING is set: use one of them'
        : 'ASSAY_BLOBS needs a shared access signature (?sv=…&sig=…) or ASSAY_BLOBS_CONNECTION_STRING; a managed ' +
            'identity needs @azure/identity, which Assay does not include',
    );
  }
  return url.href;
};
