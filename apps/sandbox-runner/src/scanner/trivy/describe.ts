import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ScannerDescription } from '../registration.ts';
import type { OpenedTrivy } from './index.ts';
import { current } from './releases.ts';
import { writesToItsDatabase } from './version.ts';

const dayMs = 86_400_000;
const staleDays = 7;

/** Only a real database is large enough for a copy to cost anything, so smaller ones get no advice. */
const adviceOn = ({ trivy, database }: OpenedTrivy, ageDays: number): string[] => [
  ...trivy.notes,
  ...(database.database.demonstration
    ? ['the demonstration database is small: set ASSAY_TRIVY_DB to a real one before you trust a result']
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
  ...(!database.database.demonstration && writesToItsDatabase(trivy.version)
    ? [`Trivy ${trivy.version} needs a copy of the database for each scan: get 0.68 or newer`]
    : []),
  ...(writesToItsDatabase(trivy.version)
    ? [`\`assay scanner install --from go\` builds the current Trivy ${current.version}`]
    : []),
];

export const describeTrivy = (opened: OpenedTrivy, sandbox: Sandbox, now: Date): ScannerDescription => {
  const { trivy, database } = opened;
  const { digest, builtAt, demonstration } = database.database;
  const ageDays = Math.floor((now.getTime() - Date.parse(builtAt)) / dayMs);
  return {
    name: 'trivy',
    version: trivy.version,
    digest: trivy.digest,
    path: trivy.program,
    source: trivy.source,
    driver: sandbox.driver,
    database: { path: database.directory, source: database.source, digest, builtAt, demonstration, ageDays },
    advice: adviceOn(opened, ageDays),
  };
};
