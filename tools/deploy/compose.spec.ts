import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { services, volumes } from './composed.ts';
import { namesTheMakers, ownDatabase } from './databases.ts';
import { read, root } from './files.ts';
import { locations } from './gateway.ts';

const all = Object.entries(services);

/** Images without a shell or a client for a health check. */
const withoutHealthCheck = ['collector', 'jaeger', 'registry'];

describe('docker/compose.yml', () => {
  it.each(all)(
    '%s has no more rights than it needs',
    (name, { cap_drop, security_opt, read_only, mem_limit, profiles }) => {
      expect(cap_drop).toEqual(['ALL']);
      expect(security_opt).toContain('no-new-privileges:true');
      // Kafka's image writes its configuration into its own folder.
      expect(read_only === true || name === 'kafka').toBe(true);
      expect(mem_limit !== undefined || profiles?.includes('tools')).toBe(true);
    },
  );

  it.each(all.filter(([, { profiles }]) => !profiles))('%s can be asked how it is', (name, { healthcheck }) => {
    expect(healthcheck !== undefined).toBe(!withoutHealthCheck.includes(name));
  });

  it('starts the gateway after each service that it leads to', () => {
    const { registry, ...others } = services['gateway']!.depends_on!;
    expect(registry).toBeDefined();
    expect(new Set(Object.keys(others))).toEqual(new Set(locations.map(({ service }) => service)));
  });

  it('publishes on loopback only', () => {
    expect(all.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(all.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual([
      'gateway',
      'victoria-metrics',
      'jaeger',
    ]);
  });

  it('mounts files and volumes that there are', () => {
    for (const [name, { volumes: mounted = [] }] of all) {
      for (const from of mounted.map((each) => each.split(':')[0]!)) {
        expect(
          from.startsWith('.') ? existsSync(join(root, 'docker', from)) : from in volumes,
          `${name}: ${from}`,
        ).toBe(true);
      }
    }
  });

  it('gives its seccomp profile and programs that run from /tmp to the runner only', () => {
    const profile = services['sandbox-runner']!.security_opt!.find((option) => option.startsWith('seccomp:'))!.slice(
      'seccomp:'.length,
    );
    expect(existsSync(join(root, 'docker', profile))).toBe(true);
    expect(
      all
        .filter(([, { security_opt = [] }]) =>
          security_opt.some((option) => /^(seccomp|apparmor|systempaths)/.test(option)),
        )
        .map(([name]) => name),
    ).toEqual(['sandbox-runner']);
    expect(
      all.filter(([, { tmpfs = [] }]) => tmpfs.some((option) => /\bexec\b/.test(option))).map(([name]) => name),
    ).toEqual(['sandbox-runner']);
  });

  it('takes databases by ingestion alone, which hands them on through the blobs of the runner', () => {
    const [ingestion, runner] = [services['ingestion']!, services['sandbox-runner']!];
    const [, sources] = /^\$\{ASSAY_DATABASE_SOURCES:-(.*)\}$/.exec(
      String(ingestion.environment!['ASSAY_DATABASE_SOURCES']),
    )!;
    expect(namesTheMakers(sources)).toBe(true);
    expect(ingestion.environment!['ASSAY_BLOBS']).toBe(runner.environment!['ASSAY_BLOBS']);
    for (const { volumes: mounted } of [ingestion, runner]) expect(mounted).toContain('blobs:/blobs');
    expect(ingestion.networks).toContain('registries');
    expect(Object.keys(runner.environment!).filter((name) => ownDatabase.includes(name))).toEqual([]);
    // No other container starts the scanner, which would fetch a database with a network.
    expect(all.filter(([, { entrypoint, command }]) => /trivy/.test(JSON.stringify([entrypoint, command])))).toEqual(
      [],
    );
    expect(all.filter(([, { image }]) => image.startsWith('assay/sandbox-runner')).map(([name]) => name)).toEqual([
      'sandbox-runner',
    ]);
  });

  it('keeps and draws metrics only where it is asked to, by the boards and rules of ops/', () => {
    const wanting = all.filter(([, { profiles }]) => profiles?.includes('boards'));
    expect(wanting.map(([name]) => name)).toEqual(['victoria-metrics', 'vmalert']);
    const mounts = wanting.flatMap(([, { volumes: mounted = [] }]) => mounted.map((each) => each.split(':')));
    for (const [from, to] of mounts) {
      expect(to).toMatch(/^\/etc\/assay\//);
      expect(
        wanting.some(([, { command = [] }]) => command.some((option) => option.endsWith(`=${to}`))),
        `${from} is read at ${to}`,
      ).toBe(true);
    }
    expect(mounts.map(([from]) => from)).toEqual(['./scrape.yml', '../ops/vmui', '../ops/prometheus/rules.yml']);
    const { exporters } = parse(read('docker/collector.yml')) as { exporters: { prometheus: { endpoint: string } } };
    const [, port] = /:(\d+)$/.exec(exporters.prometheus.endpoint)!;
    expect(read('docker/scrape.yml')).toContain(`targets: ['collector:${port}']`);
  });

  it('holds no secret: each comes from the environment, and .env.example names it', () => {
    const required = new Set([...read('docker/compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!));
    const example = read('docker/.env.example');
    expect([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name!).toSorted()).toEqual([...required].toSorted());
    const free = new Set([...read('docker/compose.yml').matchAll(/\$\{(\w+):-/g)].map(([, name]) => name!));
    expect([...example.matchAll(/^#(\w+)=/gm)].map(([, name]) => name!).toSorted()).toEqual([...free].toSorted());
    expect(read('.gitignore').split('\n')).toContain('.env');
  });
});
