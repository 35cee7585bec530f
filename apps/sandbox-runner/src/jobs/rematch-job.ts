import { BlobFailure, getInventory, type BlobStore, type Clock } from '@assay/event-sourcing';
import { setSum, type PackageInventory } from '@assay/events';
import type { ServiceTracer } from '@assay/telemetry';
import { findingForm, halvesOf, type VulnerabilityDescription } from '../domain/halves.ts';
import type { Rematch, RematchProof, RematchSuccess, ScanTask } from '../domain/state.ts';
import type { ImageScanner, ScanOutcome } from '../scanner/scanner.ts';
import type { Layouts } from './layouts.ts';

export interface RematchPorts {
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly driver: string;
  readonly layouts: Layouts;
  readonly tracer: ServiceTracer;
  readonly newsIn: (
    descriptions: readonly VulnerabilityDescription[],
    database: string,
  ) => readonly VulnerabilityDescription[];
}

interface Attempt {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @returns nothing if it is lost: then the image is scanned */
const inventoryIn = async (blobs: RematchPorts['blobs'], rematch: Rematch): Promise<PackageInventory | undefined> => {
  try {
    return await getInventory(blobs, rematch.inventory);
  } catch (error) {
    if (error instanceof BlobFailure && error.code.startsWith('blob-')) return undefined;
    throw error;
  }
};

/** @returns nothing if there is no whole match */
const matched = async (
  { blobs, layouts, tracer }: RematchPorts,
  scanner: ImageScanner,
  { traceparent }: ScanTask,
  rematch: Rematch,
  { timeoutMs, signal }: Attempt,
): Promise<Extract<ScanOutcome, { outcome: 'succeeded' }> | undefined> => {
  if (!scanner.rematch || scanner.identity.digest !== rematch.program) return undefined;
  const inventory = await inventoryIn(blobs, rematch);
  if (!inventory) return undefined;
  const span = tracer.start('rematch', {
    parent: traceparent,
    attributes: { 'assay.scanner.name': scanner.identity.name, 'assay.scanner.version': scanner.identity.version },
  });
  const folder = await layouts.begin();
  try {
    const outcome = await scanner.rematch(folder, inventory, { timeoutMs, signal });
    signal.throwIfAborted();
    span.end(outcome.outcome === 'failed' ? outcome.message : undefined);
    return outcome.outcome === 'succeeded' ? outcome : undefined;
  } catch (error) {
    span.end(error as Error);
    throw error;
  } finally {
    layouts.end(folder);
  }
};

/**
 * Matches the inventory of an image again, without its registry.
 *
 * @returns its findings by the database of the scanner; or, for a proof, their sum. Nothing if the image must be
 * scanned: the scanner is another build, the inventory is lost, or the scanner gave no whole match
 * @throws BlobFailure if the store is away, SandboxError if the sandbox did not start
 */
export const rematchWith = async (
  ports: RematchPorts,
  scanner: ImageScanner,
  task: ScanTask,
  rematch: Rematch,
  attempt: Attempt,
): Promise<RematchProof | RematchSuccess | undefined> => {
  const { identity, database } = scanner;
  const startedAt = new Date(attempt.clock.now()).toISOString();
  const match = await matched(ports, scanner, task, rematch, attempt);
  const { inventory } = rematch;
  if (rematch.isProof) {
    if (!match) return {};
    const { findings } = halvesOf(match.findings, match.packages);
    return { found: { set: setSum(findings), ...(match.os ? { os: match.os } : {}) } };
  }
  if (!match) return undefined;
  const { findings, layers, descriptions } = halvesOf(match.findings, match.packages);
  return {
    succeeded: true,
    rematched: true,
    findings,
    layers,
    descriptions: ports.newsIn(descriptions, database.digest),
    startedAt,
    pullMs: 0,
    scannerMs: Math.round(match.scannerMs),
    scanner: identity,
    database,
    driver: ports.driver,
    ...(match.os ? { os: match.os } : {}),
    packages: inventory,
    form: findingForm,
  };
};
