import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const javaFileName = 'trivy-java.db';

const schema = `
  CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
  CREATE TABLE indices(
    artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT,
    FOREIGN KEY (artifact_id) REFERENCES artifacts(id)
  );
  CREATE UNIQUE INDEX artifacts_idx ON artifacts(artifact_id, group_id);
  CREATE INDEX indices_artifact_idx ON indices(artifact_id);
  CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);
`;

/** Schema 1, with a next update so far away that no Trivy asks for one. */
const metadata = {
  Version: 1,
  NextUpdate: '2099-01-01T00:00:00Z',
  UpdatedAt: '2026-11-24T00:00:00Z',
  DownloadedAt: '2026-11-24T00:00:00Z',
};

const emptyName = 'empty-java-db';

export const isEmptyJavaDatabase = (directory: string): boolean => basename(directory) === emptyName;

/** Without such a database Trivy refuses every image with a Java archive, so this one exists and is empty. */
export const emptyJavaDatabase = async (scannersDirectory: string): Promise<string> => {
  const target = join(scannersDirectory, emptyName);
  if (
    await stat(join(target, javaFileName)).then(
      () => true,
      () => false,
    )
  )
    return target;
  await mkdir(scannersDirectory, { recursive: true });
  const folder = await mkdtemp(join(scannersDirectory, '.making-'));
  try {
    const database = new DatabaseSync(join(folder, javaFileName));
    database.exec(schema);
    database.close();
    await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
    await rename(folder, target).catch((error: NodeJS.ErrnoException) => {
      if (!['EEXIST', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
};
