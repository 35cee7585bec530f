import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstUser } from '../../../apps/sandbox-runner/test/users.ts';
import { FakeRegistry } from '../../../libs/registry/test/fake-registry.ts';
import { localSubscription } from '../../../apps/assay/dist/suite/local.js';
import { home } from '../../home.ts';
import { CanaryFiles, CanaryServer } from './canaries.ts';
import { certificates } from './certificates.ts';
import { SuiteProcess } from './suite-process.ts';

/** A registry as evil as an input makes it, and the secret by which it tells of pushes. */
export interface EvilRegistry {
  readonly name: string;
  readonly registry: FakeRegistry;
  readonly secret: string;
}

/**
 * `inside` lies at an address that it may not have; the certificate of `stranger` is vouched for by nobody whom the
 * suite knows; `lister` is gone through; `thief` is of another subscription; `busy` wants to be left alone.
 */
const registryNames = ['plain', 'secure', 'inside', 'stranger', 'lister', 'thief', 'busy'] as const;
export type RegistryName = (typeof registryNames)[number];

export const thiefSubscription = '00000000-0000-0000-0000-0000000000ff';

/** What a registry that asks for a password would get; nobody else may. */
export const password = 'password-of-the-registry';

/**
 * What hangs a scanner, as some of these inputs do, is stopped after this long; the least speed of a pull is judged
 * before.
 */
const scanSeconds = 20;

/** Whose registry is away is not waited for as long as others are. */
const inspectionSeconds = 20;

const slots = 4;

export interface World {
  readonly driver: string;
  readonly suite: SuiteProcess;
  /** Those of the host that scans have and nobody else has; none where the suite is not root. */
  readonly users: readonly number[];
  readonly registries: Readonly<Record<RegistryName, EvilRegistry>>;
  readonly canary: CanaryServer;
  readonly files: CanaryFiles;
  /** Of the whole scene: the suite's own folders are in it. */
  readonly folder: string;
  readonly temporary: string;
  readonly runs: string;
}

export interface WorldOptions {
  readonly driver: string;
  /** Another scanner than Trivy. */
  readonly scanner?: (folder: string) => Promise<string>;
}

const configured = ({ name, registry, secret }: EvilRegistry): object => ({
  registryId: `/subscriptions/${name === 'thief' ? thiefSubscription : localSubscription}/resourceGroups/evil/providers/Microsoft.ContainerRegistry/registries/${name}`,
  ...registry.access(name === 'inside' ? { allowAddresses: [] } : {}),
  secret,
  credentials: { username: 'assay', password },
});

/** Starts the suite among evil registries and canaries, lets `work` be done in it, and takes all down. */
export const inWorld = async <Result>(
  { driver, scanner }: WorldOptions,
  work: (world: World) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-hostile-'));
  // The sandbox's users pass through it.
  await chmod(folder, 0o711);
  const [temporary, runs] = [join(folder, 'temporary'), join(folder, 'runs')];
  await mkdir(temporary);
  const { known, stranger, authority } = await certificates();
  await writeFile(join(folder, 'authority.pem'), authority);
  const registries = Object.fromEntries(
    registryNames.map((name) => {
      const tls = name === 'secure' ? known : name === 'stranger' ? stranger : undefined;
      return [name, { name, registry: new FakeRegistry(tls), secret: randomBytes(16).toString('base64url') }];
    }),
  ) as Record<RegistryName, EvilRegistry>;
  await Promise.all(Object.values(registries).map(({ registry }) => registry.listen()));
  const canary = await CanaryServer.start();
  let suite: SuiteProcess | undefined;
  try {
    const { ASSAY_TRIVY_DB: _, ...inherited } = process.env;
    suite = await SuiteProcess.start(folder, {
      ...inherited,
      ...(scanner ? { ASSAY_TRIVY: await scanner(folder) } : {}),
      ASSAY_HOME: home,
      ASSAY_SANDBOX_DRIVER: driver,
      ASSAY_SANDBOX_SLOTS: String(slots),
      ASSAY_SANDBOX_FIRST_USER: String(firstUser),
      ASSAY_SCAN_SECONDS: String(scanSeconds),
      ASSAY_INSPECTION_SECONDS: String(inspectionSeconds),
      ASSAY_SWEEP_SECONDS: '86400',
      TMPDIR: temporary,
      ASSAY_RUN_DIRECTORY: runs,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      ASSAY_REGISTRIES: JSON.stringify(Object.values(registries).map(configured)),
    });
    const users = process.getuid?.() === 0 ? Array.from({ length: slots }, (_, slot) => firstUser + slot) : [];
    return await work({
      driver,
      suite,
      users,
      registries,
      canary,
      files: new CanaryFiles(join(folder, 'canaries')),
      folder,
      temporary,
      runs,
    });
  } finally {
    await suite?.stop();
    await Promise.all(Object.values(registries).map(({ registry }) => registry.close()));
    canary.close();
    await rm(folder, { recursive: true, force: true });
  }
};
