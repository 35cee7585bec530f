import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { runningSuite } from '../../client/connection.ts';
import type { DemoReport } from '../../demo/run.ts';
import { homeOf, jsonOption, shownPath, type Shell } from '../../shell.ts';
import { DataFolder } from '../../suite/data.ts';
import { startSuite } from '../../suite/started.ts';
import { exitCodes, Failure } from '../../terminal/failure.ts';
import { tidily } from '../../terminal/interrupts.ts';

interface Options {
  json?: boolean;
}

export const registerDemo = (program: Command, shell: Shell): void => {
  program
    .command('demo')
    .summary('run real images from push to charge, in seconds')
    .description(
      'Starts a new suite in .assay/demo and replaces the data of an earlier demo. Pushes the images of ' +
        'e2e/images over HTTP, waits for each result and shows all of them.',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit 0 only if every image has the expected result.

With --json, one object: images (one for each push, with the images of an index
after it) and seconds. scanMs is 0 if the push needed no scan.
pushToRecommendationMs counts from the arrival of the notification to the
recommendation. Without a recommendation it counts to the classification or the
refusal.`,
    )
    .action((options: Options) => demo(shell, options));
};

/** Settings that name a scanner's database. */
const databaseNames: readonly string[] = scanners.map(({ settings }) => settings.database);

/**
 * The environment of the demo. Its results are those of the demonstration database, so it takes no other database, and
 * fetches none.
 */
export const demoEnv = (env: Shell['env']): Shell['env'] => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !databaseNames.includes(name))),
  ASSAY_DATABASE_SOURCES: 'off',
});

const demo = async (shell: Shell, { json }: Options): Promise<void> => {
  const begun = performance.now();
  const [{ checkSettings }, { demoRegistries, runDemo }, { demoText }] = await Promise.all([
    import('../../suite/settings.ts'),
    import('../../demo/run.ts'),
    import('../../demo/format.ts'),
  ]);
  const data = new DataFolder(join(homeOf(shell), 'demo'));
  const folder = shownPath(shell, data.path);
  const running = await runningSuite(data);
  if (running)
    throw new Failure('no-suite', `a suite is running on ${folder} (process ${running.pid})`, 'stop it first');
  // Check first: the data of the former demo is removed only if this demo can start.
  checkSettings(shell.env);
  rmSync(data.path, { recursive: true, force: true });
  const env = demoEnv(shell.env);
  for (const name of databaseNames.filter((each) => shell.env[each]))
    shell.terminal.note(`the demo has a database of its own: ${name} is not used`);
  const starting = startSuite({ ...shell, env }, { data, port: 0, registries: demoRegistries });
  const result = await tidily(
    async () => runDemo((await starting).suite, shell.terminal.progress),
    () =>
      starting.then(
        (started) => started.close(),
        () => undefined,
      ),
  );
  const seconds = Math.round(performance.now() - begun) / 1000;
  if (json) shell.terminal.json({ images: result.rows.map(({ row }) => row), seconds } satisfies DemoReport);
  else shell.terminal.result(demoText(shell, result, seconds, folder));
  if (result.wrong.length === 0) return;
  for (const line of result.wrong) shell.terminal.note(`not as expected: ${line}`);
  process.exitCode = exitCodes.failed.code;
};
