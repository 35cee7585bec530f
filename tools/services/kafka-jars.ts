import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { ServiceError } from './failure.ts';
import { unstarted } from './server.ts';

const run = promisify(execFile);

const kafkaVersion = '4.3.1';

const kafkaModule = `<artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version>`;
/** Kafka needs slf4j-api 1.7.36 and brings no binding; this one writes to standard error. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>assay</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId>${kafkaModule}</dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** Shared by everything that this user starts: 44 MB are fetched once. */
const cache = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', `kafka-${kafkaVersion}`);

/** The files with which Java runs Kafka. */
export interface Jars {
  readonly classPath: string;
  /**
   * Kafka's classes as Java holds them in memory (a CDS archive). With it, Kafka starts in half the time and takes 60
   * MB less. Java ignores an archive of another Java version.
   */
  readonly archive: string;
}

/**
 * Kafka's jars, fetched by Maven if they are missing.
 * @param rehearse runs Kafka once from beginning to end, so that it writes the archive
 */
export const kafkaJars = async (
  rehearse: (jars: Jars, folder: string) => Promise<void>,
  progress: (line: string) => void = (line) => {
    process.stderr.write(`${line}\n`);
  },
): Promise<Jars> => {
  const folder = cache(process.env);
  const [files, rehearsal] = [join(folder, 'jars'), join(folder, 'rehearsal')];
  const jars = { classPath: join(files, '*'), archive: join(folder, 'classes.jsa') };
  if (existsSync(jars.archive)) return jars;
  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), 300_000, async () => {
    if (!existsSync(files)) {
      progress(`Fetching Apache Kafka ${kafkaVersion} (44 MB, once) into ${folder}`);
      await fetchInto(folder, 'fetched');
      await rename(join(folder, 'fetched'), files);
    }
    if (existsSync(jars.archive)) return;
    const archive = join(rehearsal, 'classes.jsa');
    await rm(rehearsal, { recursive: true, force: true });
    await rehearse({ ...jars, archive }, rehearsal);
    await rename(archive, jars.archive);
    await rm(rehearsal, { recursive: true, force: true });
  });
  return jars;
};

const fetchInto = async (folder: string, name: string): Promise<void> => {
  await rm(join(folder, name), { recursive: true, force: true });
  await writeFile(join(folder, 'pom.xml'), pom);
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${name}`], {
      cwd: folder,
      timeout: 280_000,
    });
  } catch (error) {
    const { code, stdout } = error as NodeJS.ErrnoException & { stdout?: string };
    if (code === 'ENOENT') throw unstarted({ name: 'kafka', command: 'mvn', remedy: 'apt-get install maven' }, error);
    throw new ServiceError(
      'service-failed',
      'Maven could not fetch Kafka: ' +
        `${stdout?.split('\n').find((line) => line.includes('ERROR')) ?? 'it does not say why'}: see that ` +
        'it reaches Maven Central or a mirror in ~/.m2/settings.xml',
      { cause: error },
    );
  }
};
