import { readFileSync } from 'node:fs';
import { DataInUse, EmbeddedLog } from '@assay/messaging';
import { declaredPartitions } from '@assay/settings';
import { portalLink, type DataFolder, type Endpoint } from './data.ts';

/** Returns the process of the endpoint file, and the link to its portal, if that process lives. */
const holderOf = (data: DataFolder): { readonly pid: number; readonly link: string } | undefined => {
  try {
    const { pid, log, url, token } = JSON.parse(readFileSync(data.endpoint, 'utf8')) as Endpoint;
    if (log !== data.identity()) return undefined;
    process.kill(pid, 0);
    return { pid, link: portalLink(url, token) };
  } catch {
    return undefined;
  }
};

/**
 * Opens the log, which also locks the data. To read alone, it writes nothing.
 * @throws DataInUse with the pid of its owner, if known
 */
export const openLog = (
  data: DataFolder,
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly readOnly?: boolean } = {},
): EmbeddedLog => {
  try {
    return new EmbeddedLog(data.log, declaredPartitions.read(env), options);
  } catch (error) {
    throw error instanceof DataInUse ? new DataInUse(error.file, holderOf(data)) : error;
  }
};
