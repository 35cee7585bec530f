import type { Command } from 'commander';
import { registerBilling } from './commands/billing/billing.ts';
import { registerCharges } from './commands/billing/charges.ts';
import { registerDiff } from './commands/images/diff.ts';
import { registerExport } from './commands/billing/export.ts';
import { registerFixes } from './commands/images/fixes.ts';
import { registerGate } from './commands/images/gate.ts';
import { registerHalted, registerResume } from './commands/operation/halted.ts';
import { registerDrop, registerRedrive } from './commands/operation/orders.ts';
import { registerParked } from './commands/operation/parked.ts';
import { registerPlans } from './commands/rules-and-plans/plans.ts';
import { registerPush } from './commands/start/push.ts';
import { registerQuery } from './commands/images/query.ts';
import { registerRecall } from './commands/scanner-and-databases/recall.ts';
import { registerRules } from './commands/rules-and-plans/rules.ts';
import { registerSearch } from './commands/images/search.ts';
import { registerStatus } from './commands/images/status.ts';
import { registerDiscovery } from './commands/operation/discovery.ts';
import { registerRegistries } from './commands/operation/registries.ts';
import { registerRunning } from './commands/operation/running.ts';
import { registerSweep } from './commands/operation/sweep.ts';
import { registerTags } from './commands/images/tags.ts';
import { registerTimeline } from './commands/images/timeline.ts';
import { registerVerify } from './commands/operation/verify.ts';
import { registerWhy } from './commands/images/why.ts';
import { programOf, type CommandLine } from './command-line.ts';
import type { Shell } from './shell.ts';

/** Groups of which both command lines have all commands. */
export const sharedGroups: CommandLine['groups'] = {
  Images: [
    registerStatus,
    registerSearch,
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
};

/** The commands that ask a suite elsewhere. They load no service, no database and no native module. */
const commands: CommandLine = {
  description: 'Asks a suite of Assay about images: their status, whether they may be deployed, and what to fix.',
  begin: [
    'export ASSAY_URL=https://assay.example.com ASSAY_API_TOKEN=…',
    'assay gate <digest> --wait 120     may this image be deployed?',
    'assay status                       all images, the worst first',
  ],
  settings: ['ASSAY_URL', 'ASSAY_API_TOKEN', 'ASSAY_DEBUG'],
  more: ['The commands that run a suite (`up`, `demo`, `doctor`, ...) are in the package `assay-suite`.'],
  groups: {
    Start: [registerPush],
    ...sharedGroups,
    'Scanner and databases': [registerRecall],
    Operation: [
      registerParked,
      registerRedrive,
      registerDrop,
      registerHalted,
      registerResume,
      registerVerify,
      registerRunning,
      registerSweep,
      registerRegistries,
      registerDiscovery,
    ],
  },
};

/** The command line of the client package. */
export const assayClient = (shell: Shell): Command => programOf(shell, commands);
