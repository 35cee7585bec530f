import type { Command } from 'commander';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { registerBlobs } from './commands/operation/blobs.ts';
import { registerCompare } from './commands/scanner-and-databases/compare.ts';
import { registerDatabase } from './commands/scanner-and-databases/database.ts';
import { registerHeld } from './commands/scanner-and-databases/held.ts';
import { registerDemo } from './commands/start/demo.ts';
import { registerDoctor } from './commands/start/doctor.ts';
import { registerHalted, registerResume } from './commands/operation/halted.ts';
import { registerDrop, registerRedrive } from './commands/operation/orders.ts';
import { registerParked } from './commands/operation/parked.ts';
import { registerPush } from './commands/start/push.ts';
import { registerRebuild } from './commands/operation/rebuild.ts';
import { registerRecall } from './commands/scanner-and-databases/recall.ts';
import { registerScanner } from './commands/scanner-and-databases/scanner.ts';
import { registerDiscovery } from './commands/operation/discovery.ts';
import { registerRegistries } from './commands/operation/registries.ts';
import { registerRunning } from './commands/operation/running.ts';
import { registerSweep } from './commands/operation/sweep.ts';
import { registerVerify } from './commands/operation/verify.ts';
import { registerUp } from './commands/start/up.ts';
import { sharedGroups } from './client-program.ts';
import { programOf, type CommandLine } from './command-line.ts';
import type { Shell } from './shell.ts';

const commands: CommandLine = {
  description:
    'Assesses container images: what is pushed is pulled, scanned in a sandbox, classified, recommended ' +
    'and charged once.',
  begin: [
    'assay demo                                 real images from push to charge',
    'assay up                                   a suite to push to',
    'assay push e2e/images/debian-13.0 --wait   one image through it',
  ],
  settings: [
    'ASSAY_HOME',
    ...scanners.flatMap(({ settings }) => [settings.program, settings.database]),
    'ASSAY_SANDBOX_DRIVER',
    'ASSAY_URL',
    'ASSAY_API_TOKEN',
    'ASSAY_KAFKA_BROKERS',
    'ASSAY_REDIS_URL',
    'ASSAY_DEBUG',
  ],
  more: [
    'If ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL are set, `rebuild` and `doctor` use Kafka and Redis.',
    '`assay up --help` lists the settings of a suite, and docs/settings.md all.',
  ],
  groups: {
    Start: [registerDemo, registerUp, registerPush, registerDoctor],
    ...sharedGroups,
    'Scanner and databases': [registerScanner, registerRecall, registerDatabase, registerHeld, registerCompare],
    Operation: [
      registerParked,
      registerRedrive,
      registerDrop,
      registerHalted,
      registerResume,
      registerRebuild,
      registerBlobs,
      registerVerify,
      registerRunning,
      registerSweep,
      registerRegistries,
      registerDiscovery,
    ],
  },
};

/** The command line of the suite: all commands. */
export const assay = (shell: Shell): Command => programOf(shell, commands);
