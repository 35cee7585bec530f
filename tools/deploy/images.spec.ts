import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { flow } from '@assay/events';
import { scanners } from '@assay/sandbox-runner';
import { instructionsOf, services, stages } from './composed.ts';
import { filesBelow, read, root, sourcesOf } from './files.ts';

const apps = flow.map(({ app }) => app);
const targets = [...apps, 'cli'];
const last = (instructions: readonly string[], instruction: string): string | undefined =>
  instructions.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1);

describe('the images', () => {
  it('have a target for each service, and one for the command line', () => {
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(targets));
  });

  it.each(apps)('%s starts its own main, as a user without a name, on its declared port', (app) => {
    const instructions = instructionsOf(app);
    expect(last(instructions, 'CMD')).toBe(`["node", "apps/${app}/dist/main.js"]`);
    expect(existsSync(join(root, `apps/${app}/src/main.ts`))).toBe(true);
    expect(instructions).toContain(`COPY --from=build /files/${app} .`);
    expect(stages.find(({ name }) => name === 'build')?.lines.join('\n')).toMatch(
      new RegExp(`RUN for app in [a-z -]*\\b${app}\\b.*docker/gather.sh "\\$app" "/files/\\$app"`),
    );
    expect(last(instructions, 'USER')).toBe('10001:10001');
    expect(last(instructions, 'EXPOSE')).toBe('8080');
    expect(instructions).toContain('ENV ASSAY_HOST=0.0.0.0 ASSAY_PORT=8080');
  });

  it('of the command line start what npm links', () => {
    expect(last(instructionsOf('cli'), 'ENTRYPOINT')).toBe('["assay"]');
    expect(last(instructionsOf('cli'), 'USER')).toBe('10001:10001');
    expect(instructionsOf('cli')).toContain('RUN ln -s /app/apps/assay/bin/assay.js /usr/local/bin/assay');
    expect(existsSync(join(root, 'apps/assay/bin/assay.js'))).toBe(true);
  });

  it('copy what is there and not ignored', () => {
    const copied = stages
      .flatMap(({ lines }) => lines)
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .map((line) => line.split(' ')[1]!);
    expect(copied).toEqual(['.', 'e2e/images/advisories', 'e2e/images']);
    const ignored = read('.dockerignore').split('\n');
    for (const path of [
      '.',
      'e2e/images',
      'docker/gather.sh',
      'docs/openapi.json',
      'package.json',
      'package-lock.json',
      'tsconfig.base.json',
      'tsconfig.json',
      '.npmrc',
      'LICENSE',
      'apps',
      'libs',
    ]) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(path === '.' || ignored.includes(`!${path}`), `${path} in .dockerignore`).toBe(true);
    }
    expect(ignored[1]).toBe('*');
  });

  it('run on the Node that the project runs on', () => {
    expect(read('docker/Dockerfile')).toContain(
      `NODE_IMAGE=docker.io/library/node:${read('.nvmrc').trim()}-trixie-slim\n`,
    );
  });

  it.each(scanners)('build the $title that `assay scanner install --from go` builds', ({ name, build }) => {
    expect(
      stages.map((stage) => stage.name),
      'stages of docker/Dockerfile',
    ).toContain(`${name}-from-go`);
    const built = stages.find((stage) => stage.name === `${name}-from-go`)!.lines.join('\n');
    for (const [variable, value] of Object.entries(build.environment)) expect(built).toContain(`${variable}=${value}`);
    expect(built).toContain(`go get -tool ${build.module}@v${build.version}`);
    expect(built).toContain(`grep -qxF '${build.root} v${build.version} ${build.sum}' go.sum`);
    expect(built).toContain(`go install -trimpath -ldflags='${build.linkerFlags}' ${build.module}`);
  });

  it('bring what the runner builds its sandbox of', () => {
    const installed = instructionsOf('sandbox-runner').join('\n');
    for (const debianPackage of ['bubblewrap', 'util-linux', 'perl-base', 'ca-certificates'])
      expect(installed).toContain(debianPackage);
  });
});

describe('what an image of one app lacks', () => {
  const imports = new RegExp(
    [
      /^\s*(?:import|export)\s+(?!type\b)[^'";]*?from\s+'([^'.][^']*)'/,
      /^import\s+'([^'.][^']*)'/,
      /\bimport\('([^'.][^']*)'\)/,
      /\brequire\('([^'.][^']*)'\)/,
    ]
      .map(({ source }) => source)
      .join('|'),
    'gm',
  );
  const packages = ['apps', 'libs']
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')));

  it.each(packages)('%s does not import', (folder) => {
    const { dependencies = {}, name: own } = JSON.parse(read(`${folder}/package.json`)) as {
      dependencies?: Record<string, string>;
      name: string;
    };
    const imported = sourcesOf(folder)
      .flatMap((path) => [...read(path).matchAll(imports)])
      .map((match) => (match[1] ?? match[2] ?? match[3] ?? match[4])!)
      .filter((from) => !from.startsWith('node:'))
      .map((from) =>
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect([...new Set(imported)].filter((from) => !(from in dependencies) && from !== own)).toEqual([]);
  });
});

describe('image references', () => {
  const images = [...filesBelow('charts').filter((path) => path.endsWith('.yaml')), 'docker/compose.yml']
    .flatMap((path) =>
      [...read(path).matchAll(/^\s*(?:- name: \S+\s+)?image: ((?:[\w.-]+\/)?[\w.-]+(?::\S+)?)(?=[,\s])/gm)].map(
        ([, image]) => ({ path, image: image! }),
      ),
    )
    .filter(({ image }) => image.includes('/') || image.includes(':'));

  it('names ours by their targets', () => {
    const ours = images
      .filter(({ image }) => image.startsWith('assay/'))
      .map(({ image }) => image.replace(/^assay\/|:.*$/g, ''));
    expect(new Set(ours)).toEqual(new Set(targets));
    for (const [name, { image, build }] of Object.entries(services))
      if (build) expect(`assay/${build.target}`, name).toBe(image.split(':')[0]);
  });

  it('names those of others by version, and by the same everywhere', () => {
    const others = new Map<string, Set<string>>();
    for (const { image } of images.filter(({ image: each }) => !each.startsWith('assay/'))) {
      const [name, tag = ''] = image.split(':');
      others.set(name!, (others.get(name!) ?? new Set()).add(tag));
    }
    expect([...others.keys()].toSorted()).toEqual([
      'apache/kafka',
      'jaegertracing/jaeger',
      'nginxinc/nginx-unprivileged',
      'otel/opentelemetry-collector-contrib',
      'redis',
      'registry',
      'victoriametrics/victoria-metrics',
      'victoriametrics/vmalert',
    ]);
    for (const [name, tags] of others) {
      expect([...tags], name).toHaveLength(1);
      expect([...tags][0], name).toMatch(/^v?\d+\.\d+/);
    }
  });

  it('means the version of this repository', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(parse(read('charts/assay/Chart.yaml'))).toMatchObject({ version, appVersion: version });
    expect(
      read('docker/compose.yml')
        .match(/IMAGE_VERSION:-[^}]*/g)
        ?.every((text) => text === `IMAGE_VERSION:-${version}`),
    ).toBe(true);
  });
});
