import { helpOf } from '@assay/settings';
import { Command, Help, type Option } from 'commander';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { registerBilling } from './commands/billing.ts';
import { registerBlobs } from './commands/blobs.ts';
import { registerCharges } from './commands/charges.ts';
import { registerDatabase } from './commands/database.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerExport } from './commands/export.ts';
import { registerFixes } from './commands/fixes.ts';
import { registerGate } from './commands/gate.ts';
import { registerHalted, registerResume } from './commands/halted.ts';
import { registerDrop, registerRedrive } from './commands/orders.ts';
import { registerParked } from './commands/parked.ts';
import { registerPlans } from './commands/plans.ts';
import { registerPush } from './commands/push.ts';
import { registerQuery } from './commands/query.ts';
import { registerRebuild } from './commands/rebuild.ts';
import { registerRecall } from './commands/recall.ts';
import { registerRules } from './commands/rules.ts';
import { registerScanner } from './commands/scanner.ts';
import { registerStatus } from './commands/status.ts';
import { registerSweep } from './commands/sweep.ts';
import { registerTimeline } from './commands/timeline.ts';
import { registerUp } from './commands/up.ts';
import { registerWhy } from './commands/why.ts';
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

/** Builds the command line. Each command imports its modules only when it runs, so that help is fast. */
export const assay = (shell: Shell): Command => {
  const program = new Command('assay')
    .description(
      'Assesses container images: what is pushed is pulled, scanned in a sandbox, classified, recommended ' +
        'and charged once.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
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
\`gate\` has its own: 0 allow, 1 deny, 2 unknown.
Interrupted commands end with 130 (Ctrl-C) or 143 (SIGTERM); \`up\` with 0.`,
    );
  for (const register of [
    registerUp,
    registerDemo,
    registerPush,
    registerStatus,
    registerFixes,
    registerDiff,
    registerGate,
    registerWhy,
    registerTimeline,
    registerQuery,
    registerExport,
    registerCharges,
    registerBilling,
    registerRules,
    registerPlans,
    registerParked,
    registerRedrive,
    registerDrop,
    registerHalted,
    registerResume,
    registerRebuild,
    registerBlobs,
    registerRecall,
    registerSweep,
    registerScanner,
    registerDatabase,
    registerDoctor,
  ])
    register(program, shell);
  return program;
};
