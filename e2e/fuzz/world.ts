import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTelemetry } from '@assay/telemetry';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { localRegistry, localSubscription } from '../../apps/assay/src/suite/local.ts';
import { Suite } from '../../apps/assay/src/suite/suite.ts';
import { openTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { TestIssuer } from '../../libs/http/test/issuer.ts';
import { FakeRegistry } from '../../libs/registry/test/fake-registry.ts';
import { claimedDatabase } from '../claimed-database.ts';
import { home } from '../home.ts';

/** A scan that hangs is stopped after this long. */
const scanSeconds = 20;

export interface RunningSuite {
  readonly suite: Suite;
  readonly url: string;
  readonly token: string;
  /** A registry for the content of the cases, and the secret of its notifications. */
  readonly registry: FakeRegistry;
  readonly secret: string;
}

export const registryId =
  `/subscriptions/${localSubscription}/resourceGroups/fuzz/providers/Microsoft.ContainerRegistry/registries` + '/fuzz';

/** The suite, the registry and the scanner for the cases. Started when a case first needs them, and shared by all. */
export class FuzzWorld {
  readonly #claimsAllAdvisories: boolean;
  readonly #closing: (() => unknown)[] = [];
  readonly #failures: string[] = [];
  #folder: Promise<string> | undefined;
  #suite: Promise<RunningSuite> | undefined;
  #issuer: Promise<TestIssuer> | undefined;
  #bare: Promise<{ readonly program: string; readonly cache: string }> | undefined;
  #readers = 0;
  #unguarded: FuzzWorld | undefined;

  constructor({ claimsAllAdvisories = false }: { readonly claimsAllAdvisories?: boolean } = {}) {
    this.#claimsAllAdvisories = claimsAllAdvisories;
  }

  /** Errors that the suites reported since the last call. */
  failures(): string[] {
    return [...this.#failures.splice(0), ...(this.#unguarded?.failures() ?? [])];
  }

  /**
   * A world whose database of advisories claims to be complete and new: its suite calls any image without findings
   * healthy unless its inventory is in doubt.
   */
  unguarded(): FuzzWorld {
    if (this.#unguarded === undefined) {
      const unguarded = new FuzzWorld({ claimsAllAdvisories: true });
      this.#closing.push(() => unguarded.close());
      this.#unguarded = unguarded;
    }
    return this.#unguarded;
  }

  folder(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'assay-fuzz-')).then(async (folder) => {
      await chmod(folder, 0o711);
      return folder;
    });
    return this.#folder;
  }

  suite(): Promise<RunningSuite> {
    this.#suite ??= this.#startSuite();
    return this.#suite;
  }

  /** The suite's scanner, with its own cache that holds the same database: some versions write to their cache. */
  bareScanner(): Promise<{ readonly program: string; readonly cache: string }> {
    this.#bare ??= this.#openBare();
    return this.#bare;
  }

  async #openBare(): Promise<{ readonly program: string; readonly cache: string }> {
    const { suite } = await this.suite();
    const { trivy, database } = await openTrivy({
      env: suite.options.env as NodeJS.ProcessEnv,
      dataDirectory: home,
      sandbox: suite.bench!.sandbox,
    });
    const cache = join(await this.folder(), 'bare-cache');
    await cp(database.directory, join(cache, 'db'), { recursive: true });
    if (database.javaDirectory !== undefined)
      await cp(database.javaDirectory, join(cache, 'java-db'), { recursive: true });
    return { program: trivy.program, cache };
  }

  issuer(): Promise<TestIssuer> {
    this.#issuer ??= TestIssuer.start().then((issuer) => {
      this.#closing.push(() => issuer.close());
      return issuer;
    });
    return this.#issuer;
  }

  /** A token of a new caller that may read everything: requests per caller are limited. */
  async reader(): Promise<string> {
    this.#readers += 1;
    return (await this.issuer()).token({ sub: `reader-${this.#readers}`, groups: 'readers' });
  }

  async #startSuite(): Promise<RunningSuite> {
    const issuer = await this.issuer();
    const registry = await FakeRegistry.start();
    this.#closing.push(() => registry.close());
    const secret = randomBytes(16).toString('base64url');
    const { ASSAY_TRIVY_DB: _, ...env } = process.env;
    const suite = await Suite.start({
      data: new DataFolder(join(await this.folder(), 'data')),
      home,
      port: 0,
      registries: [localRegistry(0)],
      telemetry: await startTelemetry({ version: 'test', env: {} }),
      progress: () => undefined,
      failed: (service, activity, error) => {
        this.#failures.push(`${service}: ${activity}: ${error instanceof Error ? error.stack : String(error)}`);
      },
      env: {
        ...env,
        ...(this.#claimsAllAdvisories
          ? { ASSAY_TRIVY_DB: await claimedDatabase(join(await this.folder(), 'advisories')) }
          : {}),
        ASSAY_SCAN_SECONDS: String(scanSeconds),
        ASSAY_SWEEP_SECONDS: '86400',
        ASSAY_OIDC_ISSUER: issuer.issuer,
        ASSAY_OIDC_AUDIENCE: 'assay',
        ASSAY_ROLES: JSON.stringify([{ principal: { groups: 'readers' }, role: 'Security Reader', scope: '/' }]),
        ASSAY_REGISTRIES: JSON.stringify([
          { ...registry.access(), registryId, subscriptionId: localSubscription, secret },
        ]),
      },
    });
    this.#closing.push(() => suite.close());
    return { suite, registry, secret, url: suite.endpoint.url, token: suite.endpoint.token };
  }

  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }
}
