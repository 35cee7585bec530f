import { group, text } from './setting.ts';

const task = 'Keep reports and exports';
/** Every process opens its blob store; these use it. */
const by = ['sandbox-runner', 'recommendation', 'billing', 'commands'];

/** The blob store of a service. */
export const declaredBlobs = group({
  place: text('ASSAY_BLOBS', {
    task,
    by,
    summary:
      'Place where the runners keep inventories and the reports of scanners, and billing the exports of closed ' +
      'months: a folder, or a container in Azure: `https://<account>.blob.core.windows.net/<container>` with a ' +
      'signature, which is a secret. Runners need read, create, write, list and delete, billing read, create and ' +
      'write, and recommendation, which reads inventories in the place of the runners, read.',
    default: '`$ASSAY_HOME/blobs`',
    production:
      'All replicas of a service must share the folder or container. Runners and recommendation need the same one, ' +
      'and billing one of its own.',
  }),
  connectionString: text('ASSAY_BLOBS_CONNECTION_STRING', {
    task,
    by,
    summary: 'Connection string of the storage account, instead of a signature.',
  }),
});

/** The store of snapshots of the read model. */
export const declaredSnapshots = group({
  place: text('ASSAY_SNAPSHOTS', {
    task,
    summary:
      'Place for snapshots of the read model, from which new replicas of recommendation start: a folder that they ' +
      'share, or a container in Azure with a signature (read, create, write, list, delete). Only recommendation may ' +
      'be able to write to it.',
    default: 'no snapshots are taken',
    production: 'Without it, a new replica reads the whole log before it answers.',
  }),
  connectionString: text('ASSAY_SNAPSHOTS_CONNECTION_STRING', {
    task,
    summary: 'Connection string of the storage account of snapshots, instead of a signature.',
  }),
});
