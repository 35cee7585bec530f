import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ScannerDescription } from '../registration.ts';
import type { OpenedTrivy } from './index.ts';
import { outdatedTrivy } from './version.ts';

const dayMs = 86_400_000;
const staleDays = 7;

const adviceOn = ({ trivy, database }: OpenedTrivy, ageDays: number): string[] => [
  ...trivy.notes,
  ...(database.database.demonstration
    ? ['the demonstration database is small: take a real one by `assay database update` before you trust a result']
    : []),
  ...(!database.database.demonstration && ageDays > staleDays
    ? [`the database is ${ageDays} days old, and no image becomes healthy by it: get a newer one`]
    : []),
  ...(database.javaDirectory === undefined
    ? [
        'without a database of Java archives, images with a Java archive cannot be scanned: set ' +
          'ASSAY_TRIVY_JAVA_DB (`trivy image --download-java-db-only`)',
      ]
    : []),
];

export const describeTrivy = (opened: OpenedTrivy, sandbox: Sandbox, now: Date): ScannerDescription => {
  const { trivy, database } = opened;
  const { digest, builtAt, demonstration } = database.database;
  const outdated = outdatedTrivy({ version: trivy.version, source: trivy.source, path: trivy.program });
  const ageDays = Math.floor((now.getTime() - Date.parse(builtAt)) / dayMs);
  return {
    name: 'trivy',
    version: trivy.version,
    digest: trivy.digest,
    path: trivy.program,
    source: trivy.source,
    driver: sandbox.driver,
    database: { path: database.directory, source: database.source, digest, builtAt, demonstration, ageDays },
    ...(outdated === undefined ? {} : { outdated }),
    advice: adviceOn(opened, ageDays),
  };
};
