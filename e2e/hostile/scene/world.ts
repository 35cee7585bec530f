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

/** A registry for hostile answers, and the secret of its notifications. */
interface EvilRegistry {
  readonly name: string;
  readonly registry: FakeRegistry;
  readonly secret: string;
}

/**
 * `inside` has an address that is not allowed. No authority that the suite trusts signed the certificate of `stranger`.
 * `lister` is swept. `thief` belongs to another subscription. `busy` asks for a pause.
 */
const registryNames = ['plain', 'secure', 'inside', 'stranger', 'lister', 'thief', 'busy'] as const;
export type RegistryName = (typeof registryNames)[number];

export const thiefSubscription = '00000000-0000-0000-0000-0000000000ff';

/** The password that a registry may ask for; no other server may get it. */
export const password = 'password-of-the-registry';

/**
 * A scanner that hangs, as with some of these inputs, is stopped after this long. The minimum speed of a pull is
 * checked earlier.
 */
const scanSeconds = 20;

/** Images of a registry that does not answer are given up earlier than usual. */
const inspectionSeconds = 20;

const slots = 4;

export interface HostileWorld {
  readonly driver: string;
  readonly suite: SuiteProcess;
  /** Host users that only scans have; none without root. */
  readonly users: readonly number[];
  readonly registries: Readonly<Record<RegistryName, EvilRegistry>>;
  readonly canary: CanaryServer;
  readonly files: CanaryFiles;
  /** The folder of the whole scene, which contains the suite's folders. */
  readonly folder: string;
  readonly temporary: string;
  readonly runs: string;
}

export interface WorldOptions {
  readonly driver: string;
  /** A scanner other than Trivy. */
  readonly scanner?: (folder: string) => Promise<string>;
  /** Writes databases to a folder, instead of the demonstration one. Answers the settings that name them. */
  readonly databases?: (folder: string) => Promise<Record<string, string>>;
}

const configured = ({ name, registry, secret }: EvilRegistry): object => ({
  registryId:
    `/subscriptions/${name === 'thief' ? thiefSubscription : localSubscription}/resourceGroups/evil` +
    `/providers/Microsoft.ContainerRegistry/registries/${name}`,
  ...registry.access(name === 'inside' ? { allowAddresses: [] } : {}),
  secret,
  credentials: { username: 'assay', password },
});

/** Starts the suite among hostile registries and canaries, runs `work`, and stops everything. */
export const inWorld = async <Result>(
  { driver, scanner, databases }: WorldOptions,
  work: (world: HostileWorld) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-hostile-'));
  // The users of the sandbox pass through the folder.
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
      ...(await databases?.(join(folder, 'advisories'))),
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
