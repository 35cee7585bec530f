import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';
import { patienceMs } from '@assay/testing';
import { pushLayout } from '@assay/local-registry';
import { startTelemetry } from '@assay/telemetry';
import { Api } from '../../apps/assay/src/client/api.ts';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { localRegistry, otherSubscription, type LocalRegistrySpec } from '../../apps/assay/src/suite/local.ts';
import { Suite } from '../../apps/assay/src/suite/suite.ts';
import { openTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { findSandbox } from '../../apps/sandbox-runner/src/index.ts';
import { home } from '../home.ts';
import { unhurried } from '../unhurried.ts';

export { home };
export { freePort } from '../../tools/services/index.ts';

/** Finds the scanner, or fetches it: a suite behind the proxy of a test could not. */
export const scannerIsHere = async (): Promise<unknown> =>
  openTrivy({ env: process.env, dataDirectory: home, sandbox: await findSandbox(process.env) });

export const images = fileURLToPath(new URL('../images/', import.meta.url));

export const terminal = (status: string): boolean => !['queued', 'scanning'].includes(status);

export interface AnsweredPlacement {
  readonly subscriptionId: string;
  readonly repository: string;
  readonly digest: string;
  readonly status: string;
  readonly reason?: string;
  readonly kind?: string;
  readonly bySeverity?: Record<string, number>;
  readonly charge?: { readonly amount: string; readonly repository: string } | null;
  readonly traceId?: string;
  readonly scanMs?: number;
  readonly pushToRecommendationMs?: number;
}

export interface TestSuiteOptions {
  readonly spanProcessors?: readonly SpanProcessor[];
  readonly env?: Record<string, string>;
  readonly data?: DataFolder;
  readonly other?: boolean;
  readonly registryPort?: number;
  /** In place of the local registries. */
  readonly registries?: readonly LocalRegistrySpec[];
  readonly https?: boolean;
  /** Of the subscription of the first registry. */
  readonly plan?: 'ContainerRegistry' | 'Containers';
}

/** A suite for one test, in a folder that is removed when the test ends. */
export class TestSuite {
  private constructor(
    readonly suite: Suite,
    readonly data: DataFolder,
  ) {}

  static async start(options: TestSuiteOptions = {}): Promise<TestSuite> {
    const [suite, close] = await TestSuite.lasting({ ...options, data: options.data ?? (await temporaryData()) });
    onTestFinished(close);
    return suite;
  }

  /** A suite for all tests of a file, with a function that closes it and removes its folder. */
  static async lasting({
    data: given,
    env,
    other: hasOther,
    registryPort = 0,
    plan = 'Containers',
    registries,
    https = false,
    spanProcessors = [],
  }: TestSuiteOptions = {}): Promise<[TestSuite, () => Promise<void>]> {
    const data = given ?? new DataFolder(await mkdtemp(join(tmpdir(), 'assay-e2e-')));
    const other: LocalRegistrySpec = {
      name: 'other',
      subscriptionId: otherSubscription,
      subscriptionName: 'Other',
      port: 0,
    };
    const suite = await Suite.start({
      data,
      home,
      env: { ...process.env, ...unhurried, ...env },
      port: 0,
      registries: registries ?? [{ ...localRegistry(registryPort), plan }, ...(hasOther ? [other] : [])],
      https,
      progress: () => undefined,
      failed: (service, activity, error) => {
        process.stderr.write(`${service}: ${activity}: ${String(error)}\n`);
      },
      telemetry: await startTelemetry({ version: 'test', env: {}, spanProcessors }),
    });
    let closed = false;
    const close = suite.close.bind(suite);
    suite.close = async () => {
      if (!closed) {
        closed = true;
        await close();
      }
    };
    return [
      new TestSuite(suite, data),
      async () => {
        await suite.close();
        if (!given) await rm(data.path, { recursive: true, force: true });
      },
    ];
  }

  async push(layout: string, repository: string, tag: string, registry = 0): Promise<string> {
    const { digest } = await pushLayout(join(images, layout), {
      registry: this.suite.endpoint.registries[registry]!.loginServer,
      repository,
      tag,
      plainHttp: true,
    });
    return digest;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.suite.endpoint.url + path, {
      headers: { authorization: `Bearer ${this.suite.endpoint.token}` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The placement of a digest in a repository, once its status is final. */
  settled(digest: string, repository: string, timeoutMs = patienceMs): Promise<AnsweredPlacement> {
    return this.#once(digest, repository, () => true, timeoutMs);
  }

  /** The same once its charge is known, too: it comes from another service, perhaps a moment later. */
  charged(digest: string, repository: string, timeoutMs = patienceMs): Promise<AnsweredPlacement> {
    return this.#once(digest, repository, ({ charge }) => Boolean(charge), timeoutMs);
  }

  async #once(
    digest: string,
    repository: string,
    holds: (placement: AnsweredPlacement) => boolean,
    timeoutMs: number,
  ): Promise<AnsweredPlacement> {
    for (const deadline = Date.now() + timeoutMs; ;) {
      const answer = await this.get<{ placements: AnsweredPlacement[] }>(
        `/assay/images/${encodeURIComponent(digest)}`,
      ).catch(() => undefined);
      const placement = answer?.placements.find((each) => each.repository === repository);
      if (placement && terminal(placement.status) && holds(placement)) return placement;
      if (Date.now() > deadline)
        throw new Error(
          `${repository}@${digest} is still ` +
            `${placement?.status ?? 'unknown'}${placement?.charge ? '' : ' and not charged'}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  async findings(digest: string, repository: string): Promise<Record<string, unknown>[]> {
    return (await new Api(this.suite.endpoint.url, this.suite.endpoint.token).list(
      `/assay/images/${encodeURIComponent(digest)}/findings?repository=${encodeURIComponent(repository)}&state=all`,
    )) as Record<string, unknown>[];
  }
}

export const temporaryData = async (): Promise<DataFolder> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-e2e-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return new DataFolder(folder);
};

const recordsOfPartitions = ['assay.fence.v1', 'assay.mark.v1'];

/** All events of a topic, without fences and marks, in the order of their partitions. */
export const recordsOf = async (
  suite: Pick<Suite, 'log'>,
  topic: string,
): Promise<{ headers: Readonly<Record<string, string>>; data: Record<string, unknown> }[]> => {
  const records = [];
  for (let partition = 0; partition < suite.log.partitions; partition += 1) {
    for await (const batch of suite.log.read(topic, partition, 0, await suite.log.end(topic, partition))) {
      for (const { headers, value } of batch.records)
        if (!recordsOfPartitions.includes(headers.ce_type ?? ''))
          records.push({ headers, data: JSON.parse(value) as Record<string, unknown> });
    }
  }
  return records;
};
