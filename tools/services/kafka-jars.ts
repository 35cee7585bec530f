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

export const kafkaVersion = '4.3.1';

/** Kafka asks for slf4j-api 1.7.36 and brings nothing that writes; this writes to standard error. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>assay</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** Shared by everything that this user starts: 44 MB are fetched once. */
const cache = (env: NodeJS.ProcessEnv): string => join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', `kafka-${kafkaVersion}`);

/** @returns the folder with Kafka's jars, which Maven fetches where they are not there yet */
export const kafkaJars = async (progress: (line: string) => void = (line) => { process.stderr.write(`${line}\n`); }): Promise<string> => {
  const folder = cache(process.env);
  const jars = join(folder, 'jars');
  if (existsSync(jars)) return jars;
  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), 300_000, async () => {
    if (existsSync(jars)) return;
    progress(`Fetching Apache Kafka ${kafkaVersion} (44 MB, once) into ${folder}`);
    await fetchInto(folder, 'fetched');
    await rename(join(folder, 'fetched'), jars);
  });
  return jars;
};

const fetchInto = async (folder: string, name: string): Promise<void> => {
  await rm(join(folder, name), { recursive: true, force: true });
  await writeFile(join(folder, 'pom.xml'), pom);
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${name}`], { cwd: folder, timeout: 280_000 });
  } catch (error) {
    const { code, stdout } = error as NodeJS.ErrnoException & { stdout?: string };
    if (code === 'ENOENT') throw unstarted({ name: 'kafka', command: 'mvn', remedy: 'apt-get install maven' }, error);
    throw new ServiceError('service-failed', `Maven could not fetch Kafka: ${stdout?.split('\n').find((line) => line.includes('ERROR')) ?? 'it does not say why'}: see that it reaches Maven Central or a mirror in ~/.m2/settings.xml`, { cause: error });
  }
};
