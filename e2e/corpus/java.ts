import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorpusImage, OraclePackage, Recipe } from './recipe.ts';
import { debianRoot, dpkgQuery, tarred, written } from './roots.ts';
import { cache, needs, run, shell, skopeo, umociBase } from './tools.ts';

const bucket = 'maven';
/** The application, whose pom.properties Maven puts into its own archive. */
const app: OraclePackage = { bucket, name: 'org.example:app', version: '1.0.0' };

const plugins = {
  shade: `<groupId>org.apache.maven.plugins</groupId><artifactId>maven-shade-plugin</artifactId><version>3.5.3</version>
    <executions><execution><phase>package</phase><goals><goal>shade</goal></goals></execution></executions>`,
  springBoot: `<groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId>
    <version>2.7.18</version><configuration><mainClass>App</mainClass><layers><enabled>false</enabled></layers>
    </configuration><executions><execution><goals><goal>repackage</goal></goals></execution></executions>`,
  jib: `<groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId><version>3.4.3</version>
    <configuration><allowInsecureRegistries>true</allowInsecureRegistries><container><mainClass>App</mainClass>
    </container></configuration>`,
};

const pom = (plugin: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>app</artifactId><version>1.0.0</version>
  <properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>org.apache.commons</groupId><artifactId>commons-text</artifactId>
    <version>1.9</version></dependency></dependencies>
  <build><plugins><plugin>${plugin}</plugin></plugins></build>
</project>
`;
const source = 'public class App { public static void main(String[] a) { System.out.println(a.length); } }\n';

let last: Promise<unknown> = Promise.resolve();
/** Runs Maven in a project. One at a time, because all share a repository. */
const maven = async (cwd: string, ...args: readonly string[]): Promise<void> => {
  const before = last.catch(() => undefined);
  const repository = `-Dmaven.repo.local=${join(cache, 'maven')}`;
  last = before.then(() => run('mvn', ['--batch-mode', '--quiet', repository, ...args], { cwd }));
  await last;
};

const projectIn = async (folder: string, plugin: string): Promise<string> => {
  await needs('mvn', 'javac');
  const project = join(folder, 'project');
  await written(project, { 'pom.xml': pom(plugin), 'src/main/java/App.java': source });
  return project;
};

/** Packages of `mvn dependency:list`. */
const dependencies = async (project: string): Promise<OraclePackage[]> => {
  const file = join(project, 'list');
  await maven(project, 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:list', `-DoutputFile=${file}`);
  const lines = (await readFile(file, 'utf8')).matchAll(/^ +([^: ]+):([^:]+):jar:([^:]+):compile/gm);
  return [...lines].map(([, group = '', name = '', version = '']) => ({ bucket, name: `${group}:${name}`, version }));
};

const jar =
  (plugin: string) =>
  async (folder: string): Promise<CorpusImage> => {
    const root = await debianRoot(folder);
    const project = await projectIn(folder, plugin);
    await maven(project, 'package');
    await shell(`mkdir -p ${root}/app; cp target/app-1.0.0.jar ${root}/app/app.jar`, { cwd: project });
    const packages = [...(await dependencies(project)), app, ...(await dpkgQuery(root))];
    return { packages, layout: await tarred(folder, root) };
  };

const gradleBuild = `plugins { id 'application' }
group = 'org.example'
version = '1.0.0'
mainClassName = 'App'
repositories { mavenCentral() }
dependencies { compile 'org.apache.commons:commons-text:1.9' }
`;

export const java: readonly Recipe[] = [
  { name: 'maven-fat-jar', make: jar(plugins.shade) },
  { name: 'spring-boot-jar', make: jar(plugins.springBoot) },
  {
    name: 'jib',
    make: async (folder) => {
      await needs('umoci', 'skopeo');
      const root = await debianRoot(folder);
      const project = await projectIn(folder, plugins.jib);
      await shell(`${umociBase} ${skopeo} oci:base:v1 docker-archive:base.tar:a/b:v1`, { cwd: folder });
      await maven(
        project,
        'compile',
        'jib:buildTar',
        `-Djib.from.image=tar://${join(folder, 'base.tar')}`,
        '-Djib.to.image=a/b',
      );
      await shell(`${skopeo} docker-archive:project/target/jib-image.tar oci:out:v1`, { cwd: folder });
      return { packages: [...(await dependencies(project)), ...(await dpkgQuery(root))], layout: join(folder, 'out') };
    },
  },
  {
    name: 'gradle',
    make: async (folder) => {
      await needs('gradle', 'javac');
      const root = await debianRoot(folder);
      const project = join(folder, 'project');
      await written(project, {
        'build.gradle': gradleBuild,
        'settings.gradle': "rootProject.name = 'app'\n",
        'src/main/java/App.java': source,
      });
      const gradle = (...args: readonly string[]): Promise<string> =>
        run('gradle', ['--quiet', '--no-daemon', '--gradle-user-home', join(cache, 'gradle'), ...args], {
          cwd: project,
        });
      await gradle('installDist');
      await shell(`mkdir -p ${root}/opt; cp -a build/install/app ${root}/opt`, { cwd: project });
      const listed = (await gradle('dependencies', '--configuration', 'runtimeClasspath')).matchAll(
        /--- ([^:\s]+:[^:\s]+):([^:\s]+)$/gm,
      );
      const packages = [...listed].map(([, name = '', version = '']): OraclePackage => ({ bucket, name, version }));
      return { packages: [...packages, ...(await dpkgQuery(root))], layout: await tarred(folder, root) };
    },
  },
];
