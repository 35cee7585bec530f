import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { channelOf, configTopics, definitions, flow, type Step } from '@assay/events';
import { drifted } from './generate.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const suite = 'apps/assay';

const packages = ['apps', 'libs']
  .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const folderOf = new Map(packages.map((folder) => [manifestOf(folder).name, folder]));

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        if (name === 'node_modules' || name === 'dist') return [];
        return statSync(path).isDirectory() ? filesIn(path) : /\.tsx?$/.test(path) ? [path] : [];
      })
    : [];

const sources = (folder: string): string[] =>
  filesIn(join(root, folder, 'src')).filter((path) => !path.endsWith('.spec.ts'));

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}
const importsOf = (path: string): Import[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(
      /^\s*(?:import|export)\s+(type\s+)?([^'"]*?)from\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm,
    ),
  ].map((match) => ({
    file: relative(root, path),
    from: (match[3] ?? match[4])!,
    typeOnly: match[1] !== undefined,
    names: [...(match[2] ?? '').matchAll(/(?:^|[{,])\s*(?:type\s+)?([\w*]+)/g)].map(([, name]) => name!),
  }));

const everyImport = packages.flatMap((folder) => sources(folder).flatMap(importsOf));

/** The name of the package of an import, without what is chosen of it. */
const packageIn = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
const folderNamed = (from: string): string => folderOf.get(packageIn(from)) ?? '';

/** The file that an import names; undefined if it is none of ours. */
const fileNamed = ({ file, from }: Pick<Import, 'file' | 'from'>): string | undefined => {
  if (from.startsWith('.')) return relative(root, resolve(root, dirname(file), from));
  const chosen = from.slice(packageIn(from).length + 1) || 'index';
  return folderNamed(from) === '' ? undefined : `${folderNamed(from)}/src/${chosen}.ts`;
};

/** Fails with the reason of the law and the places that break it. */
const law = (because: string, broken: readonly string[]): void => expect(broken, because).toEqual([]);

describe('the laws of the architecture', () => {
  it('apps never import apps, but for the suite', () => {
    law(
      'services talk only through topics: an import would tie their releases, their failures and their stores together',
      everyImport
        .filter(
          ({ file, from }) =>
            file.startsWith('apps/') && !file.startsWith(suite) && folderNamed(from).startsWith('apps/'),
        )
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  it('libs never import apps', () => {
    law(
      'a library that knows a service cannot be used by the others',
      everyImport
        .filter((each) => each.file.startsWith('libs/') && (fileNamed(each) ?? '').startsWith('apps/'))
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  it('every import of a package of ours is declared', () => {
    law(
      'references do not fence packages in: an undeclared import compiles here and fails in an image of one service',
      everyImport
        .filter(({ file, from }) => {
          const own = packages.find((folder) => file.startsWith(`${folder}/`))!;
          const name = packageIn(from);
          return (
            folderOf.has(name) &&
            folderOf.get(name) !== own &&
            !Object.keys(manifestOf(own).dependencies ?? {}).includes(name)
          );
        })
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  it('every dependency on a package of ours is used', () => {
    const used = (folder: string, name: string): boolean =>
      [...sources(folder), ...filesIn(join(root, folder, 'src')), ...filesIn(join(root, folder, 'test'))].some((path) =>
        importsOf(path).some(({ from }) => from === name || from.startsWith(`${name}/`)),
      );
    law(
      'an unused dependency draws an arrow that is not there',
      packages.flatMap((folder) =>
        Object.keys(manifestOf(folder).dependencies ?? {})
          .filter((name) => folderOf.has(name) && !used(folder, name))
          .map((name) => `${folder} -> ${name}`),
      ),
    );
  });

  it('no file imports itself through others, types included', () => {
    const rest = new Map<string, readonly string[]>();
    for (const path of [
      ...packages.flatMap((folder) => [...sources(folder), ...filesIn(join(root, folder, 'test'))]),
      ...['e2e', 'tools'].flatMap((folder) => filesIn(join(root, folder))),
    ])
      rest.set(
        relative(root, path),
        importsOf(path).flatMap((each) => fileNamed(each) ?? []),
      );
    // Files that import nothing of the rest cannot be in a circle.
    for (let before = Number.POSITIVE_INFINITY; rest.size < before;) {
      before = rest.size;
      for (const [file, imports] of rest) if (!imports.some((each) => rest.has(each))) rest.delete(file);
    }
    const walk: string[] = [];
    let at = rest.keys().next().value;
    for (; at !== undefined && !walk.includes(at); at = rest.get(at)?.find((each) => rest.has(each))) walk.push(at);
    law(
      'of two files that need each other neither can be read, tested or moved alone',
      at === undefined ? [] : walk.slice(walk.indexOf(at)),
    );
  });

  /** Names that the decisions of recommendation share with the tables that show them. */
  const sharedWithReadModel: Record<string, readonly string[]> = {
    '@assay/read-model/placement/lapse': ['isIndexOfImages', 'waitMs'],
    '@assay/read-model/placement/status': ['StatusWithReason'],
  };

  // @assay/verdict is as pure as domain/ itself: the classifier and the gate must share one list of doubts about an
  // image.
  it('domain/ knows the events, the list of @assay/verdict, the shape of a decision and itself', () => {
    law(
      'a decision that reads a clock, waits or touches the world cannot be replayed',
      everyImport
        .filter(({ file }) => /^apps\/[^/]+\/src\/domain\//.test(file))
        .filter(({ file, from, names, typeOnly }) => {
          const inside =
            from.startsWith('./') ||
            (from.startsWith('../') && relative(root, resolve(root, dirname(file), from)).includes('/src/domain/'));
          return !(
            inside ||
            from === '@assay/events' ||
            from === '@assay/verdict' ||
            (names.length > 0 && names.every((name) => sharedWithReadModel[from]?.includes(name))) ||
            (from === '@assay/event-sourcing' && typeOnly) ||
            from === '@assay/event-sourcing/decider' ||
            from === 'big.js' ||
            from === 'immutable'
          );
        })
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  /** Imports between the rooms of one app: `[from, to]`, such as `['read-model', 'http']`. */
  const between = everyImport.flatMap(({ file, from }) => {
    const [, app, room] = /^(apps\/[^/]+\/src)\/([^/]+)\//.exec(file) ?? [];
    if (app === undefined || !from.startsWith('.')) return [];
    const [, other] = new RegExp(`^${app}/([^/]+)/`).exec(relative(root, resolve(root, dirname(file), from))) ?? [];
    return other === undefined || other === room ? [] : [{ file, rooms: `${room} -> ${other}` }];
  });
  const never = (rooms: readonly string[]): string[] =>
    between.filter((one) => rooms.includes(one.rooms)).map((one) => `${one.file}: ${one.rooms}`);

  it('a consumer knows the domain, and no other room of its app', () => {
    law(
      'a message becomes a command: what a handler reads elsewhere could differ at its repeat',
      never(['consumer -> http', 'consumer -> read-model', 'consumer -> jobs', 'consumer -> registry']),
    );
  });

  it('a read model knows no route, and no consumer', () => {
    law(
      'tables outlive the answers that are made of them, and a rebuild needs no HTTP',
      never(['read-model -> http', 'read-model -> consumer']),
    );
  });

  it('each room of the read model knows only those below it', () => {
    const below: Record<string, readonly string[]> = {
      store: [],
      snapshots: ['store'],
      placement: ['store'],
      intake: ['store', 'placement'],
      view: ['store', 'placement', 'intake', 'snapshots'],
    };
    const roomOf = (path: string): string => /^libs\/read-model\/src\/([^/]+)\//.exec(path)?.[1] ?? '';
    const crossing = everyImport
      .map((each) => ({ ...each, room: roomOf(each.file), other: roomOf(fileNamed(each) ?? '') }))
      .filter(({ room, other }) => room !== '' && other !== '' && room !== other);
    expect(crossing.map(({ room }) => room)).toEqual(
      expect.arrayContaining(['snapshots', 'placement', 'intake', 'view']),
    );
    law(
      'rows are read from below: what a table holds is settled before it is filled, and that before it is followed',
      crossing
        .filter(({ room, other }) => !below[room]?.includes(other))
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  it('no folder of the largest packages is a hall', () => {
    const parted = /^(libs\/(read-model|registry)|apps\/(recommendation|sandbox-runner|assay))\//;
    const folders = Object.groupBy(
      packages
        .flatMap(sources)
        .map((path) => relative(root, path))
        .filter((path) => parted.test(path)),
      (path) => dirname(path),
    );
    expect(Object.keys(folders).length).toBeGreaterThan(50);
    law(
      'a newcomer finds a file by its room: part a folder of more than 25 files by what happens in them',
      Object.entries(folders).flatMap(([folder, files]) => (files!.length > 25 ? [`${folder}: ${files!.length}`] : [])),
    );
  });

  it('a route knows no consumer', () => {
    law('a request never handles an event: both go through the log', never(['http -> consumer']));
  });

  it('domain/ never waits, reads a clock or makes an id', () => {
    const decisions =
      /(src\/domain|libs\/verdict\/src)\/|\/placement\/(index-standing|languages|lapse|platform|sets|status)\.ts$/;
    const forbidden =
      /\b(await\b|async\b|setTimeout|Date\.now|new Date\(\)|Math\.random|randomUUID|process\.|console\.)/;
    law(
      'a repeat must change nothing: the same state and context give the same answer',
      packages
        .flatMap(sources)
        .filter((path) => decisions.test(path))
        .flatMap((path) =>
          readFileSync(path, 'utf8')
            .split('\n')
            .flatMap((line, at) =>
              forbidden.test(line.replace(/\/\/.*|^\s*\*.*|\/\*\*.*/, ''))
                ? [`${relative(root, path)}:${at + 1} ${line.trim()}`]
                : [],
            ),
        ),
    );
  });

  it('only libs/messaging touches Kafka, and only libs/event-sourcing Redis', () => {
    const allowed: Record<string, string> = { kafkajs: 'libs/messaging/', ioredis: 'libs/event-sourcing/' };
    law(
      'behind the ports the adapters must be exchangeable',
      everyImport
        .filter(({ file, from }) => allowed[from] !== undefined && !file.startsWith(allowed[from]))
        .map(({ file, from }) => `${file} imports ${from}`),
    );
  });

  it('a scanner is known by its registration only', () => {
    const folderOfScanner = (path: string): string | undefined => /^(.*\/scanner\/[\w-]+)\//.exec(path)?.[1];
    const { scanners, ...others } = Object.groupBy(
      everyImport.filter(
        ({ file, from }) =>
          folderOfScanner(resolve('/', dirname(file), from)) !== undefined &&
          folderOfScanner(resolve('/', dirname(file), from)) !== folderOfScanner(`/${file}`),
      ),
      ({ file }) => (file === 'apps/sandbox-runner/src/scanner/scanners.ts' ? 'scanners' : 'others'),
    );
    law(
      'another scanner is one folder and one line of scanners.ts',
      Object.values(others).flatMap((broken) => broken.map(({ file, from }) => `${file} imports ${from}`)),
    );
    for (const { from } of scanners ?? []) expect(from).toMatch(/^\.\/[\w-]+\/registration\.ts$/);
    expect(scanners).toBeDefined();
  });

  it('every consumed event is produced by a service further up the list, or by the same one', () => {
    const broken = (flow as readonly Step[]).flatMap(({ app, consumes }, at) =>
      consumes
        .filter((topic) => !(flow as readonly Step[]).slice(0, at + 1).some(({ produces }) => produces.includes(topic)))
        .map((topic) => `${app} consumes ${topic}`),
    );
    law('a topic without a source is a service that waits for ever', broken);
  });

  it('every event but the audit trail is produced by one service', () => {
    const producers = definitions.map(({ topic }) => ({
      topic,
      by: (flow as readonly Step[]).filter(({ produces }) => produces.includes(channelOf(topic))).map(({ app }) => app),
    }));
    law(
      'sequences of two services in one topic cannot be compared',
      producers
        .filter(({ topic, by }) => topic !== 'operator.acted' && by.length !== 1)
        .map(({ topic, by }) => `${topic}: ${by.join(', ')}`),
    );
  });

  it('config topics are followed, and keyed topics are consumed, never the other way round', () => {
    const isConfig = (topic: string): boolean => (configTopics as readonly string[]).includes(topic);
    law(
      'config topics have one partition and reach every instance; keyed ones are shared out',
      (flow as readonly Step[]).flatMap(({ app, consumes, config }) => [
        ...consumes.filter(isConfig).map((topic) => `${app} consumes ${topic}`),
        ...config.filter((topic) => !isConfig(topic)).map((topic) => `${app} follows ${topic}`),
      ]),
    );
  });

  it('a consumer turns a message into a command and stops', () => {
    law(
      'anything else that a handler does is done again with every repeat',
      packages
        .flatMap(sources)
        .filter((path) => /\/src\/consumer\//.test(path))
        .filter((path) => /\b(await\b|async\b|new (?!Error)|process\.|fetch\()/.test(readFileSync(path, 'utf8')))
        .map((path) => relative(root, path)),
    );
  });

  const tests = [...packages, 'e2e', 'tools'].flatMap((folder) =>
    filesIn(join(root, folder)).filter(
      (path) => path.endsWith('.spec.ts') && !path.includes('node_modules') && !path.endsWith('architecture.spec.ts'),
    ),
  );

  it('no test is skipped or alone', () => {
    law(
      'a test that does not run proves nothing',
      tests
        .filter((path) => /\b(it|test|describe)\.(skip|only|todo|skipIf|runIf)\b/.test(readFileSync(path, 'utf8')))
        .map((path) => relative(root, path)),
    );
  });

  it('no test holds a time of its own', () => {
    const times = /\btimeout: ?\d|^\s*\}, [\d_]{3,}\);|([mM]s|\.now\(\) - \w+)\)\.toBeLessThan|vi\.wait(For|Until)\(/;
    law(
      'a slow test on a busy machine would be red for no reason: patienceMs bounds what must not take for ever, ' +
        'and the bench measures',
      tests.flatMap((path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .flatMap((line, at) => (times.test(line) ? [`${relative(root, path)}:${at + 1} ${line.trim()}`] : [])),
      ),
    );
  });
});

describe('what is derived', () => {
  it('is what it is derived from', () => {
    law('run `npm run docs` and commit what it writes', drifted());
  });

  it('is an AsyncAPI 3 document', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const isValid = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);
    isValid(JSON.parse(readFileSync(join(root, 'docs/asyncapi.json'), 'utf8')));
    law(
      'consumers generate their code from it',
      (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`),
    );
  });
});
