import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { read, root } from './files.ts';
import { services } from './composed.ts';
import { goProgram, hadolint, program } from './programs.ts';

const at = (path: string): string => join(root, path);

it('hadolint finds nothing in the Dockerfile', () => {
  const { status, stdout } = spawnSync(hadolint(), ['--config', at('docker/.hadolint.yaml'), at('docker/Dockerfile')], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

describe('docker/compose.yml, read as Docker Compose reads it', () => {
  const secrets = Object.fromEntries(
    [...read('docker/.env.example').matchAll(/^(\w+)=$/gm)].map(([, name]) => [
      name!,
      `secret-of-${name!.toLowerCase()}`,
    ]),
  );
  const loaded = (env: Readonly<Record<string, string>>) =>
    execFileSync(goProgram('deploy'), [at('docker/compose.yml'), 'tools', 'boards'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: 'pipe',
    });

  beforeAll(() => {
    goProgram('deploy');
  });

  it('is whole', () => {
    const project = JSON.parse(loaded(secrets)) as {
      services: Record<string, { environment?: Record<string, string> }>;
    };
    expect(Object.keys(project.services).toSorted()).toEqual(Object.keys(services).toSorted());
    const { ASSAY_REGISTRIES: registries } = project.services['ingestion']!.environment!;
    expect(JSON.parse(registries!)).toMatchObject([
      { loginServer: 'registry:5000', secret: secrets['WEBHOOK_SECRET'] },
    ]);
  });

  it.each(Object.keys(secrets))('does not start without %s', (missing) => {
    const { [missing]: _, ...others } = secrets;
    expect(() => loaded(others)).toThrow(`required variable ${missing} is missing a value: make docker/.env`);
  });
});

it("AppArmor understands the runner's profile", () => {
  const { status, stderr } = spawnSync(
    program('apparmor_parser', 'apparmor'),
    ['--skip-kernel-load', '--skip-cache', at('charts/assay/files/apparmor/assay-runner')],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
});
