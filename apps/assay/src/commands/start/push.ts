import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Api } from '../../client/api.ts';
import { connectToRunning, type ApiConnection } from '../../client/connection.ts';
import { haltedNotices } from '../../client/notices.ts';
import { outcomeOf, type PushOutcome } from '../../push/awaiting.ts';
import { readLayout, type Layout } from '../../push/layout.ts';
import { push, pushAwaited, type LayoutTarget } from '../../push/pushing.ts';
import { referenceGiven, shownReference, type Reference } from '../../push/reference.ts';
import { pushResult, type PushResult } from '../../push/result.ts';
import { unchargedAmong } from '../../push/uncharged.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { DataFolder } from '../../suite/data.ts';
import { localRegistry } from '../../suite/local.ts';
import { startSuite } from '../../suite/started.ts';
import { exitCodes, Failure } from '../../terminal/failure.ts';
import { tidily } from '../../terminal/interrupts.ts';
import { secondsIn, statusesIn } from '../options.ts';
import { imageText } from '../images/format.ts';

interface Options {
  as?: string;
  wait?: boolean;
  json?: boolean;
  once?: boolean;
  registry?: string;
  timeout: number;
  failOn?: readonly string[];
  data?: string;
}

export const registerPush = (program: Command, shell: Shell): void => {
  program
    .command('push')
    .summary('push an OCI image layout and show the result')
    .description(
      'Pushes an image, or an index of images, from an OCI image layout to the running suite, as skopeo or ' +
        'docker would.',
    )
    .argument('<layout>', 'folder with an OCI image layout')
    .option('--as <repository:tag>', 'name of the image; default: the name in the layout, else its folder')
    .option('--wait', 'wait for the result and show it')
    .option('--once', 'use a suite for this push only (implies --wait)')
    .option('--registry <host:port>', 'push to this registry instead of that of the suite')
    .option('--timeout <seconds>', 'how long to wait', secondsIn, 300)
    .option('--fail-on <statuses>', 'exit 7 if the status is one of these (implies --wait)', statusesIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay push e2e/images/debian-13.0 --wait
  assay push ./layout --as team/web:1.0 --wait --json
  assay push ./layout --once --fail-on unhealthy,undetermined    (in a pipeline)

scanMs is 0 if the result was known and no scan was needed.
The findings of an index are those of its images.`,
    )
    .action((layout: string, options: Options) => pushed(shell, layout, options));
};

const pushed = async (shell: Shell, given: string, options: Options): Promise<void> => {
  const layout = await readLayout(
    given,
    shell.directory,
    options.as === undefined ? undefined : referenceGiven(options.as),
  );
  if (options.once) return pushedOnce(shell, layout, options);
  const waits = options.wait === true || options.failOn !== undefined;
  if (!waits && options.registry !== undefined) return pushedBlindly(shell, layout, options.registry, options);
  const connection = await connectToRunning(
    shell,
    dataOf(shell, options.data),
    'start one with `assay up`, or push with --once',
  );
  await shown(shell, connection, layout, options, waits);
};

const pushedBlindly = async (
  { terminal }: Shell,
  layout: Layout,
  registry: string,
  { json }: Options,
): Promise<void> => {
  await push(layout, layout.reference, registry);
  const done = { reference: shownReference(layout.reference), digest: layout.digest, registry };
  if (json) terminal.json(done);
  else terminal.result(`pushed ${registry}/${done.reference}\n  ${done.digest}`);
};

const pushedOnce = async (shell: Shell, layout: Layout, options: Options): Promise<void> => {
  if (options.registry !== undefined)
    throw new Failure('usage', '--once starts a registry of its own', 'omit --registry');
  const folder = mkdtempSync(join(tmpdir(), 'assay-once-'));
  const starting = startSuite(shell, { data: new DataFolder(folder), port: 0, registries: [localRegistry(0)] });
  await tidily(
    async () => {
      const { suite } = await starting;
      const { url, token } = suite.endpoint;
      await shown(
        shell,
        { api: new Api(url, token), endpoint: suite.endpoint, close: () => Promise.resolve() },
        layout,
        options,
        true,
      );
    },
    async () => {
      await starting.then(
        (started) => started.close(),
        () => undefined,
      );
      await rm(folder, { recursive: true, force: true });
    },
  );
};

const targetOf = ({ endpoint: { registries } }: ApiConnection, registry: string | undefined): LayoutTarget => {
  const found = registry === undefined ? registries[0] : registries.find(({ loginServer }) => loginServer === registry);
  if (found) return found;
  if (registries.length === 0 && registry !== undefined)
    throw new Failure(
      'usage',
      `this command cannot wait for a push to ${registry}`,
      'omit --wait and --fail-on, then use `assay gate <digest> --wait 120` or `assay status`',
    );
  if (registries.length === 0)
    throw new Failure(
      'usage',
      'this suite has no registry of its own',
      'push to a registry that it watches with --registry, or with docker, skopeo or oras',
    );
  throw new Failure(
    'not-found',
    `the running suite has no registry ${registry ?? ''} of its own`,
    `omit --wait, or push to ${registries.map(({ loginServer }) => loginServer).join(' or ')}`,
  );
};

const shown = async (
  shell: Shell,
  connection: ApiConnection,
  layout: Layout,
  { registry, json, timeout, failOn }: Options,
  waits: boolean,
): Promise<void> => {
  const { terminal } = shell;
  const { api } = connection;
  const target = targetOf(connection, registry);
  const name = shownReference(layout.reference);
  terminal.progress(`pushing ${name}`);
  const { image, children } = await pushAwaited(api, layout, layout.reference, target);
  if (!waits) {
    if (json) return terminal.json({ reference: name, digest: image.digest, registry: target.loginServer });
    return terminal.result(`pushed ${target.loginServer}/${name}\n  ${image.digest}\nsee \`assay status ${name}\``);
  }
  for (const line of await haltedNotices(api)) terminal.note(line);
  const until = performance.now() + timeout * 1000;
  const onStatus = (status: string): void => terminal.progress(`${name}: ${status}`);
  const [outcome, ...others] = await Promise.all(
    [image, ...children].map((one, index) => outcomeOf(api, one, until, index === 0 ? onStatus : undefined)),
  );
  if (!outcome)
    throw new Failure(
      'not-in-time',
      `${name} is not known ${timeout} s after the push`,
      (await haltedNotices(api))[0] ?? 'check the output of the suite, and run `assay doctor`',
    );
  await result(
    shell,
    api,
    layout.reference,
    outcome,
    others.filter((one) => one !== undefined),
    { json, timeout, failOn },
  );
};

const result = async (
  { terminal }: Shell,
  api: Api,
  reference: Reference,
  outcome: PushOutcome,
  children: readonly PushOutcome[],
  {
    json,
    timeout,
    failOn,
  }: Pick<Options, 'timeout'> & { json: boolean | undefined; failOn: readonly string[] | undefined },
): Promise<void> => {
  const findings = (await Promise.all([outcome, ...children].map(({ placement }) => api.findings(placement)))).flat();
  const pushed: PushResult = pushResult(
    reference,
    outcome,
    findings,
    children,
    await unchargedAmong(
      api,
      [outcome, ...children].map(({ placement }) => placement),
    ),
  );
  if (json) terminal.json(pushed);
  else
    terminal.result(imageText(terminal, shownReference(reference), outcome.placement, findings, pushed.charge, pushed));
  if (!outcome.finished)
    throw new Failure(
      'not-in-time',
      `${shownReference(reference)} is ${pushed.status} after ${timeout} s`,
      (await haltedNotices(api))[0] ?? 'give a longer --timeout, or use `assay status` later',
    );
  if (failOn?.includes(pushed.status)) process.exitCode = exitCodes['failing-status'].code;
};
