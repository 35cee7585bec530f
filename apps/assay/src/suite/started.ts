import { present } from '@assay/events/present';
import { declaredMetricsPort } from '@assay/settings';
import { accessesTo, failuresTo, homeOf, telemetryOf, type Shell } from '../shell.ts';
import type { DataFolder } from './data.ts';
import type { LocalRegistrySpec } from './local.ts';
import type { Suite } from './suite.ts';

export interface StartedSuite {
  readonly suite: Suite;
  close(): Promise<void>;
}

/**
 * Starts a suite for a command, with its telemetry. The services are imported only now: they take half of the start.
 */
export const startSuite = async (
  shell: Shell,
  {
    data,
    port,
    registries,
    https,
  }: {
    readonly data: DataFolder;
    readonly port: number;
    readonly registries: readonly LocalRegistrySpec[];
    readonly https?: boolean | undefined;
  },
): Promise<StartedSuite> => {
  const { listenError, unknownSettings } = await import('@assay/process');
  for (const line of unknownSettings(shell.env)) shell.terminal.note(line);
  const { Suite } = await import('./suite.ts');
  const [host, metricsPort] = ['127.0.0.1', declaredMetricsPort.read(shell.env)];
  const telemetry = await telemetryOf(shell, metricsPort === undefined ? undefined : { host, port: metricsPort }).catch(
    (error: unknown) => {
      throw listenError(error, host, metricsPort ?? 0, 'ASSAY_METRICS_PORT');
    },
  );
  if (telemetry.metricsUrl !== undefined) shell.terminal.progress(`Metrics at ${telemetry.metricsUrl}`);
  const suite = await Suite.start({
    data,
    port,
    registries,
    https,
    home: homeOf(shell),
    env: shell.env,
    telemetry,
    progress: shell.terminal.progress,
    failed: failuresTo(shell),
    accessed: accessesTo(shell),
    notify: (line) => shell.terminal.note(line),
  });
  return {
    suite,
    close: async () => {
      await suite.close();
      await telemetry.shutdown();
    },
  };
};

/** Scanner and database as text. */
export const benchText = ({ bench }: Suite): { scanner: string; database: string } => {
  const { scanner, database, driver } = present(bench, 'scanner of the suite');
  const built = database.builtAt.slice(0, 10);
  return {
    scanner: `${scanner.name} ${scanner.version}, in the ${driver} sandbox`,
    database: database.demonstration ? `demonstration database of ${built}: small, for trials only` : `of ${built}`,
  };
};
