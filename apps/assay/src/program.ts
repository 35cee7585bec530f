import type { Command } from 'commander';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { registerBilling } from './commands/billing/billing.ts';
import { registerBlobs } from './commands/operation/blobs.ts';
import { registerCharges } from './commands/billing/charges.ts';
import { registerCompare } from './commands/scanner-and-databases/compare.ts';
import { registerDatabase } from './commands/scanner-and-databases/database.ts';
import { registerHeld } from './commands/scanner-and-databases/held.ts';
import { registerDiff } from './commands/images/diff.ts';
import { registerDemo } from './commands/start/demo.ts';
import { registerDoctor } from './commands/start/doctor.ts';
import { registerExport } from './commands/billing/export.ts';
import { registerFixes } from './commands/images/fixes.ts';
import { registerGate } from './commands/images/gate.ts';
import { registerHalted, registerResume } from './commands/operation/halted.ts';
import { registerDrop, registerRedrive } from './commands/operation/orders.ts';
import { registerParked } from './commands/operation/parked.ts';
import { registerPlans } from './commands/rules-and-plans/plans.ts';
import { registerPush } from './commands/start/push.ts';
import { registerQuery } from './commands/images/query.ts';
import { registerRebuild } from './commands/operation/rebuild.ts';
import { registerRecall } from './commands/scanner-and-databases/recall.ts';
import { registerRules } from './commands/rules-and-plans/rules.ts';
import { registerScanner } from './commands/scanner-and-databases/scanner.ts';
import { registerStatus } from './commands/images/status.ts';
import { registerDiscovery } from './commands/operation/discovery.ts';
import { registerRegistries } from './commands/operation/registries.ts';
import { registerRunning } from './commands/operation/running.ts';
import { registerSweep } from './commands/operation/sweep.ts';
import { registerTags } from './commands/images/tags.ts';
import { registerTimeline } from './commands/images/timeline.ts';
import { registerVerify } from './commands/operation/verify.ts';
import { registerUp } from './commands/start/up.ts';
import { registerWhy } from './commands/images/why.ts';
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
    Images: [
      registerStatus,
      registerFixes,
      registerDiff,
      registerTags,
      registerGate,
      registerWhy,
      registerTimeline,
      registerQuery,
    ],
    'Rules and plans': [registerRules, registerPlans],
    Billing: [registerCharges, registerBilling, registerExport],
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
