import { group, text } from './setting.ts';

const task = 'Keep reports and exports';
/** Every process opens its blob store; these two write to it. */
const by = ['sandbox-runner', 'billing'];

/** The blob store of a service. */
export const declaredBlobs = group({
  place: text('ASSAY_BLOBS', {
    task,
    by,
    summary:
      'Place where the runners keep the reports of scanners, and billing the exports of closed months: a folder, ' +
      'or a container in Azure: `https://<account>.blob.core.windows.net/<container>` with a signature (read, ' +
      'create, write), which is a secret.',
    default: '`$ASSAY_HOME/blobs`',
    production: 'All replicas of a service must share the folder or container. Each of the two needs one of its own.',
  }),
  connectionString: text('ASSAY_BLOBS_CONNECTION_STRING', {
    task,
    by,
    summary: 'Connection string of the storage account, instead of a signature.',
  }),
});
