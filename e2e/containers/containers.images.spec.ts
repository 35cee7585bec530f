import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { openTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { findSandbox } from '../../apps/sandbox-runner/src/index.ts';
import { root, version } from '../../tools/release/bundle.ts';
import { buildImages, targets } from '../../tools/release/images.ts';
import { settled, startDistributed } from '../test/distributed.ts';
import { home, images } from '../test/suite.ts';

const user = 10_001;
const podman = ['podman', '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--storage-driver', 'vfs'];
/** This machine refuses the default limits of podman, and its networks were not tried. */
const run = [
  ...podman,
  'run',
  '--rm',
  '--ulimit',
  'nofile=1024:1024',
  '--ulimit',
  'nproc=2000:2000',
  '--network',
  'host',
];
const imageOf = (target: string): string => `localhost/assay/${target}:${version}`;

/** Runs a container to its end, and returns what it prints. The suite's ingress goes on in this process meanwhile. */
const output = async (...words: readonly string[]): Promise<string> =>
  (await promisify(execFile)(run[0]!, [...run.slice(1), ...words])).stdout;

/** The profile that Kubernetes gives the runner, with which it may make namespaces and mount in them. */
const runnersContext = ['--security-opt', `seccomp=${root}/charts/assay/files/seccomp/assay-runner.json`];

beforeAll(async () => {
  const { trivy } = await openTrivy({
    env: process.env,
    dataDirectory: home,
    sandbox: await findSandbox(process.env),
  });
  buildImages(trivy.program);
});

it.each(targets)('%s runs as a user without a name, and holds no token and no package manager', async (target) => {
  const [{ Config }] = JSON.parse(
    execFileSync(podman[0]!, [...podman.slice(1), 'image', 'inspect', imageOf(target)], { encoding: 'utf8' }),
  ) as [{ Config: { User: string; Env: string[]; Labels: Record<string, string>; Healthcheck?: object } }];
  expect(Config.User).toBe(`${user}:${user}`);
  expect(Config.Env.join()).not.toMatch(/TOKEN|PASSWORD|SECRET/);
  expect(Config.Labels).toMatchObject({ 'org.opencontainers.image.version': version });
  const found = await output('--entrypoint', 'sh', imageOf(target), '-c', 'command -v npm npx yarn; id -u');
  expect(found.trim()).toBe(String(user));
});

it('the services assess and charge a push from their images', async () => {
  const { suite } = await startDistributed({
    commandOf: (service, env) => {
      const folder = dirname(env['ASSAY_FOLDER']!);
      for (const each of [env['ASSAY_FOLDER']!, env['ASSAY_BLOBS']!]) {
        mkdirSync(each, { recursive: true });
        chownSync(each, user, user);
      }
      for (const each of [folder, dirname(folder)]) chmodSync(each, 0o755);
      const settings = Object.keys(env).filter((name) => /^(ASSAY|OTEL)_/.test(name) && name !== 'ASSAY_HOME');
      return [
        ...run,
        ...settings.flatMap((name) => ['--env', name]),
        '--env',
        'ASSAY_HOST=127.0.0.1',
        '--volume',
        `${folder}:${folder}`,
        ...(service === 'sandbox-runner' ? runnersContext : []),
        imageOf(service),
      ];
    },
  });
  const { loginServer } = suite.endpoint.registries[0]!;
  const target = { registry: loginServer, repository: 'team/web', tag: '1', plainHttp: true };
  const { digest } = await pushLayout(join(images, 'debian-13.0'), target);
  expect(await settled(suite, digest, 'team/web')).toMatchObject({ status: 'unhealthy' });
  await expect
    .poll(async () => (await suite.get<{ value: { digest: string; amount: string }[] }>('/assay/charges')).value)
    .toMatchObject([{ digest, amount: '0.29' }]);
  const env = ['--env', `ASSAY_URL=${suite.endpoint.url}`, '--env', `ASSAY_API_TOKEN=${suite.endpoint.token}`];
  expect(await output(...env, imageOf('client'), 'status')).toContain('team/web');
});
