import { resolve } from 'node:path';
import { declaredBlobs, declaredSnapshots, SettingError, type Env } from '@assay/settings';
import type { BlobStore } from './blobs.ts';
import { AzureBlobs } from './azure.ts';
import { FolderBlobs } from './folder.ts';

/** The names of the two settings of a blob store. */
interface Names {
  readonly place: string;
  readonly connectionString: string;
}

const form = 'https://<account>.blob.core.windows.net/<container>';

/**
 * Opens the blob store that the settings name, by default the folder. Its `ready` checks whether it can be used.
 * @throws SettingError if the settings are invalid or ambiguous
 */
export const openBlobs = (env: Env, defaultFolder: string): BlobStore => {
  const { place = defaultFolder, connectionString } = declaredBlobs.read(env);
  return opened(place, connectionString, {
    place: 'ASSAY_BLOBS',
    connectionString: 'ASSAY_BLOBS_CONNECTION_STRING',
  });
};

/**
 * Opens the store of snapshots of the read model, which only recommendation may write.
 * @returns undefined if there is none: then none are taken
 * @throws SettingError if the settings are invalid or ambiguous
 */
export const openSnapshots = (env: Env): BlobStore | undefined => {
  const { place, connectionString } = declaredSnapshots.read(env);
  const names = { place: 'ASSAY_SNAPSHOTS', connectionString: 'ASSAY_SNAPSHOTS_CONNECTION_STRING' };
  if (place !== undefined) return opened(place, connectionString, names);
  if (connectionString === undefined) return undefined;
  throw new SettingError(`${names.connectionString} is set without ${names.place}: set it to ${form}`);
};

const opened = (place: string, connectionString: string | undefined, settings: Names): BlobStore => {
  if (/^https?:\/\//i.test(place))
    return new AzureBlobs({ url: containerIn(place, connectionString, settings), connectionString, settings });
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place))
    throw new SettingError(`${settings.place} must be a folder or look like ${form}`);
  if (connectionString)
    throw new SettingError(
      `${settings.connectionString} is set, but ${settings.place} is a folder: set ${settings.place} to ${form}, or ` +
        'unset the other',
    );
  return new FolderBlobs(resolve(place), settings.place);
};

const isLoopback = ({ hostname }: URL): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

// The signature is a secret, so no message repeats the setting.
const containerIn = (text: string, connectionString: string | undefined, settings: Names): string => {
  const url = URL.parse(text);
  // An emulator has the account in the path.
  const path = url && isLoopback(url) ? /^\/[^/]+\/[^/]+$/ : /^\/[^/]+$/;
  if (!url || !path.test(url.pathname) || url.username !== '' || url.hash !== '')
    throw new SettingError(`${settings.place} must be a folder or look like ${form}`);
  if (url.protocol === 'http:' && !isLoopback(url))
    throw new SettingError(`${settings.place} must begin with https://: plain HTTP is readable on the way`);
  const signed = url.searchParams.has('sig');
  if (signed === (connectionString !== undefined)) {
    throw new SettingError(
      signed
        ? `${settings.place} has a signature, and ${settings.connectionString} is set: use one of them`
        : `${settings.place} needs a shared access signature (?sv=…&sig=…) or ${settings.connectionString}; a ` +
            'managed identity needs @azure/identity, which Assay does not include',
    );
  }
  return url.href;
};
