import { helpOf } from '@assay/settings';
import { Command, Help, type Option } from 'commander';
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
import { version, type Shell } from './shell.ts';
import { exitCodes } from './terminal/failure.ts';

const codes = (): string =>
  Object.values(exitCodes)
    .map(({ code, means }) => `  ${code}  ${means}`)
    .join('\n');

/** The settings that most commands need. */
const mainSettings = [
  'ASSAY_HOME',
  ...scanners.flatMap(({ settings }) => [settings.program, settings.database]),
  'ASSAY_SANDBOX_DRIVER',
  'ASSAY_URL',
  'ASSAY_API_TOKEN',
  'ASSAY_KAFKA_BROKERS',
  'ASSAY_REDIS_URL',
  'ASSAY_DEBUG',
];

/** Marks required options: the usage line shows options only as `[options]`. */
const optionDescription = (option: Option): string =>
  `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;

/** The groups of the main help, in the order in which one needs them. Each has a folder of that name in `commands`. */
const groups: Readonly<Record<string, readonly ((program: Command, shell: Shell) => void)[]>> = {
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
};

const helpCommand = ['help [command]', 'print the help of a command'] as const;

/** Builds the command line. Each command imports its modules only when it runs, so that help is fast. */
export const assay = (shell: Shell): Command => {
  const program = new Command('assay')
    .description(
      'Assesses container images: what is pushed is pulled, scanned in a sandbox, classified, recommended ' +
        'and charged once.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(...helpCommand)
    .exitOverride()
    .showHelpAfterError(false)
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => shell.terminal.result(text),
      writeErr: (text) => {
        process.stderr.write(text);
      },
      outputError: () => undefined,
    })
    .addHelpText(
      'after',
      () => `
Begin with
  assay demo                                 real images from push to charge
  assay up                                   a suite to push to
  assay push e2e/images/debian-13.0 --wait   one image through it

Environment
${helpOf(mainSettings)}
  NO_COLOR
      Any value: no colors.
If ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL are set, \`rebuild\` and \`doctor\` use Kafka and Redis.
\`assay up --help\` lists the settings of a suite, and docs/settings.md all.

Exit codes
${codes()}
\`gate\` has its own: 0 allow, 1 deny, 2 unknown. \`verify\` too: 0 good,
1 differs, 2 not sealed.
Interrupted commands end with 130 (Ctrl-C) or 143 (SIGTERM); \`up\` with 0.`,
    );
  for (const [group, registers] of Object.entries(groups)) {
    program.commandsGroup(`${group}:`);
    for (const register of registers) register(program, shell);
  }
  // Set again for its group: the commands above have inherited the one without a group.
  program.commandsGroup('Start:').helpCommand(...helpCommand);
  return program;
};
