import { availableParallelism } from 'node:os';
import { discoverySetting, networkSettings, registriesSetting } from '@assay/registry';
import { derived, group, optionalNumber, text, wholeNumber } from '@assay/settings';
import { mostSlots } from './sandbox/run/slots.ts';
import { scanners } from './scanner/scanners.ts';

const task = 'Scan images';

/** The sandbox of scans. */
export const sandboxSettings = group({
  driver: text('ASSAY_SANDBOX_DRIVER', {
    task,
    summary: 'Sandbox: `bwrap`, `util-linux`, or `gvisor` if `runsc` is on `PATH` ([gVisor](operations.md#gvisor)).',
    default: '`bwrap` if it starts, else `util-linux`',
  }),
  cgroup: text('ASSAY_SANDBOX_CGROUP', {
    task,
    summary:
      'Folder of a delegated control group (version 2), or `off`. Each scan gets a group of its own in it ' +
      '([control groups](operations.md#control-groups)).',
    default: 'the own group, if it is delegated',
  }),
  slots: derived(
    optionalNumber('ASSAY_SANDBOX_SLOTS', {
      task,
      summary: 'Scans that run at once.',
      default: 'the number of processors, at least 2',
      max: mostSlots,
    }),
    (slots) => slots ?? Math.max(2, availableParallelism()),
  ),
  firstUser: wholeNumber('ASSAY_SANDBOX_FIRST_USER', 61_000, {
    task,
    summary: 'First user id of the slots on the host, if Assay runs as root.',
    max: 2 ** 31,
  }),
  runDirectory: text('ASSAY_RUN_DIRECTORY', {
    task,
    summary: 'Folder in which a scan finds scanner, database and image.',
    default: "a folder in the system's temporary directory",
  }),
});

/** All scanners, by name. */
export const scannerSettings = group(Object.fromEntries(scanners.map(({ name, declared }) => [name, declared])));

/** How long inventories and reports are kept that nothing names, in days. */
export const declaredBlobDays = wholeNumber('ASSAY_BLOB_DAYS', 90, {
  task: 'Keep reports and exports',
  summary:
    'Days that inventories and reports are kept that no standing result and no open job names any more. `0` keeps ' +
    'them for ever.',
  max: 36_500,
  min: 0,
});

export const sandboxRunnerSettings = group({
  registries: registriesSetting,
  discoveries: discoverySetting,
  network: networkSettings,
  scanSeconds: wholeNumber('ASSAY_SCAN_SECONDS', 240, {
    task,
    summary: 'Seconds that an attempt to pull and scan an image may take.',
    max: 3600,
  }),
  pulls: wholeNumber('ASSAY_PULLS', 16, {
    task,
    summary: 'Images that are pulled, or wait for a scan, at once. A registry without one gets one more.',
    max: 256,
  }),
  pulledBytes: wholeNumber('ASSAY_PULLED_BYTES', 40 * 2 ** 30, {
    task,
    summary: 'Bytes of the images that are pulled and not scanned yet. A larger image is pulled alone.',
  }),
  blobDays: declaredBlobDays,
  blobCacheBytes: wholeNumber('ASSAY_BLOB_CACHE_BYTES', 10 * 2 ** 30, {
    task,
    summary: 'Bytes of pulled layers to keep.',
  }),
  sandbox: sandboxSettings,
  scanners: scannerSettings,
});
