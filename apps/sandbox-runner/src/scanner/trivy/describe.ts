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
    ? ['the demonstration database knows little: set ASSAY_TRIVY_DB to a real one before you trust a result']
    : []),
  ...(!database.database.demonstration && ageDays > staleDays
    ? [`the database is ${ageDays} days old: get a newer one (healthy is not said any more)`]
    : []),
  ...(database.javaDirectory === undefined
    ? [
        'there is no database of Java archives, so images that hold one cannot be scanned: set ' +
          'ASSAY_TRIVY_JAVA_DB (`trivy image --download-java-db-only`)',
      ]
    : []),
  ...(!database.database.demonstration && writesToItsDatabase(trivy.version)
    ? [`Trivy ${trivy.version} needs a copy of the database for each scan: get 0.68 or newer`]
    : []),
  ...(writesToItsDatabase(trivy.version)
    ? [`a current Trivy: \`assay scanner install --from go\` builds ${current.version}`]
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
