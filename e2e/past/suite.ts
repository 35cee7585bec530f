import { resolve } from 'node:path';
import type { Observer } from '@assay/event-sourcing';
import { present, type Scanner } from '@assay/events';
import { recommendation, View } from '@assay/recommendation';
import { startTelemetry } from '@assay/telemetry';
import { DataFolder } from '../../apps/assay/dist/suite/data.js';
import { localSubscription, otherSubscription, type LocalRegistrySpec } from '../../apps/assay/dist/suite/local.js';
import { Suite } from '../../apps/assay/dist/suite/suite.js';
import { PackageCatalogue, scannerBuilds } from './catalogue.ts';
import { registryNames, type PastRecord } from './record.ts';
import { pastRunner } from './runner.ts';
import type { Pace } from './scanner.ts';

export const subscriptions = { shop: localSubscription, platform: localSubscription, research: otherSubscription };

const registriesOf = ({ ports }: PastRecord): readonly LocalRegistrySpec[] =>
  registryNames.map((name) => ({
    name,
    subscriptionId: subscriptions[name],
    subscriptionName: name === 'research' ? 'Research' : 'Shop',
    port: ports[name],
    ...(name === 'shop' ? { plan: 'Containers' as const } : {}),
  }));

export interface PastSuiteOptions {
  readonly folder: string;
  readonly record: PastRecord;
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of OpenTelemetry. Without one nothing is exported. */
  readonly telemetryEnv?: Readonly<Record<string, string>>;
  /** Port of the API, 0 for any free one. */
  readonly port?: number;
  readonly scanner?: Scanner;
  /** Number of the database that the runner begins with: the last one if absent. */
  readonly database?: number;
  readonly pace?: Pace;
  readonly failed?: Observer['failed'];
}

export interface PastSuite {
  readonly suite: Suite;
  readonly catalogue: PackageCatalogue;
  close(): Promise<void>;
}

/** Starts the embedded suite on a past, with its own scanner. */
export const startPast = async ({
  folder,
  record,
  env = {},
  telemetryEnv = {},
  port = 0,
  scanner = scannerBuilds[1],
  database,
  pace = async () => 60,
  failed = (service, activity, error) => {
    process.stderr.write(`${service}: ${activity}: ${error instanceof Error ? error.message : String(error)}\n`);
  },
}: PastSuiteOptions): Promise<PastSuite> => {
  const catalogue = new PackageCatalogue(record.seed, Date.parse(record.today));
  const telemetry = await startTelemetry({ version: 'past', env: telemetryEnv });
  const suite = await Suite.start({
    data: new DataFolder(folder),
    home: resolve(folder),
    // Seals would come at real times.
    env: { ASSAY_DATABASE_SOURCES: 'off', ASSAY_SCAN_SECONDS: '3600', ASSAY_SEAL_KEY_FILE: 'off', ...env },
    port,
    registries: registriesOf(record),
    progress: () => undefined,
    failed,
    telemetry,
    runner: pastRunner({ catalogue, scanner, database: database ?? catalogue.databaseDays.length - 1, pace }),
  });
  // Until then it answers 503.
  await present(suite.running.get(recommendation.name), 'recommendation').app.get(View).caughtUp();
  return {
    suite,
    catalogue,
    close: async () => {
      await suite.close();
      await telemetry.shutdown();
    },
  };
};
