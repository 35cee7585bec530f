import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findSandbox } from '@assay/sandbox-runner';
import { openTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { read, root } from './files.ts';
import { inPod, nodeInside } from './pod.ts';

interface Profile {
  readonly defaultAction: string;
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string }[];
}
const profile = JSON.parse(read('charts/assay/files/seccomp/assay-runner.json')) as Profile;

/** Chooses a sandbox as the service does at its start, runs its self-test, and scans an image in it. */
const scan = `
  const { openScanEnvironment } = await import('/app/apps/sandbox-runner/dist/index.js');
  const { readFileSync } = await import('node:fs');
  const layout = '/app/e2e/images/nginx-1.23.3';
  const { manifests: [{ digest }] } = JSON.parse(readFileSync(layout + '/index.json', 'utf8'));
  try {
    const bench = await openScanEnvironment({ env: process.env, home: '/var/lib/assay', progress: () => {} });
    const scanned = await bench.imageScanner.scan(layout, { digest }, { timeoutMs: 60_000 });
    const { outcome, findings, message } = scanned;
    console.log(JSON.stringify({ driver: bench.driver, outcome, message, findings: findings?.length }));
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
  process.exit(0);
`;

let trivy: string;

beforeAll(async () => {
  const { ASSAY_TRIVY_DB: _, ...env } = process.env;
  ({
    trivy: { program: trivy },
  } = await openTrivy({
    env,
    dataDirectory: join(root, 'node_modules/.cache/assay'),
    sandbox: await findSandbox(process.env),
  }));
});

const scanned = (options: {
  readonly seccomp: object | undefined;
  readonly ownUsers: boolean;
  readonly env?: Record<string, string>;
}): unknown => {
  const { stdout, stderr } = inPod({
    ...options,
    folders: { ...nodeInside.folders, '/app': root, '/scanner': dirname(trivy) },
    args: [nodeInside.command, '--input-type=module', '--eval', scan],
    env: { ASSAY_TRIVY: join('/scanner', basename(trivy)), ...options.env },
  });
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new Error(`runc: ${stderr}${stdout}`);
  }
};

const without = (...forbidden: string[]): object => ({
  ...profile,
  syscalls: profile.syscalls
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !forbidden.includes(name)) }))
    .filter(({ names }) => names.length > 0),
});

describe('the runner in a container of runc, with its seccomp profile', () => {
  it.each([
    ['Kubernetes, with users of its own', true],
    ["Compose, with the machine's", false],
  ])('scans: %s', (_, ownUsers) => {
    expect(scanned({ seccomp: profile, ownUsers })).toEqual({
      driver: 'util-linux',
      outcome: 'succeeded',
      findings: 366,
    });
  });

  it('has the sandbox of util-linux, for bubblewrap wants a /proc of its own, which no container may mount', () => {
    expect(scanned({ seccomp: profile, ownUsers: true, env: { ASSAY_SANDBOX_DRIVER: 'bwrap' } })).toMatchObject({
      code: 'sandbox-cannot-start',
      message: expect.stringContaining('mount: /proc: permission denied') as string,
    });
  });

  it.each(['unshare', 'mount', 'pivot_root', 'umount2', 'sethostname'])(
    'does not scan where the profile leaves out %s',
    (name) => {
      expect(scanned({ seccomp: without(name), ownUsers: true })).toMatchObject({ code: 'sandbox-cannot-start' });
    },
  );
});

it('the profile lets nothing through that it does not name', () => {
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(new Set(profile.syscalls.map(({ action }) => action))).toEqual(new Set(['SCMP_ACT_ALLOW']));
  const named = new Set(profile.syscalls.flatMap(({ names }) => names));
  // Kernel interfaces that a sandbox is no reason to open.
  for (const name of [
    'ptrace',
    'process_vm_readv',
    'bpf',
    'perf_event_open',
    'userfaultfd',
    'io_uring_setup',
    'keyctl',
    'add_key',
    'init_module',
    'finit_module',
    'kexec_load',
    'setns',
    'open_by_handle_at',
    'reboot',
    'swapon',
    'chroot',
    'clone3',
    'syslog',
    'acct',
    'move_mount',
    'fsopen',
  ])
    expect(named, name).not.toContain(name);
});
