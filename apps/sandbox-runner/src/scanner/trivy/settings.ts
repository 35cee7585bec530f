import { group, text } from '@assay/settings';

const task = 'Scan images';

/** The program and its databases. */
export const trivySettings = group({
  program: text('ASSAY_TRIVY', {
    task,
    summary: 'Path of a static Trivy.',
    default: 'one on `PATH`, else in `$ASSAY_HOME`, else fetched',
  }),
  digest: text('ASSAY_TRIVY_DIGEST', { task, summary: 'Digest of the only Trivy that may run (`sha256:…`).' }),
  database: text('ASSAY_TRIVY_DB', {
    task,
    summary: "Folder with Trivy's vulnerability database: `trivy.db` and `metadata.json`.",
    default: 'the one in `$ASSAY_HOME`, else the demonstration database',
  }),
  javaDatabase: text('ASSAY_TRIVY_JAVA_DB', {
    task,
    summary: "Folder with Trivy's Java database. The runner then takes no other.",
    default: '`java-db` beside the vulnerability database, else the announced one',
  }),
});
