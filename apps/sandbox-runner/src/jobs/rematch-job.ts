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
export const inventoryIn = async (
  blobs: RematchPorts['blobs'],
  rematch: Rematch,
): Promise<PackageInventory | undefined> => {
  try {
    return await getInventory(blobs, rematch.inventory);
  } catch (error) {
    if (error instanceof BlobFailure && error.code.startsWith('blob-')) return undefined;
    throw error;
  }
};

type Match = Extract<ScanOutcome, { outcome: 'succeeded' }>;

/** The span of a match, as part of the trace of its image. */
export const rematchSpan = ({ tracer }: Pick<RematchPorts, 'tracer'>, { identity }: ImageScanner, task: ScanTask) =>
  tracer.start('rematch', {
    parent: task.traceparent,
    attributes: { 'assay.scanner.name': identity.name, 'assay.scanner.version': identity.version },
  });

/** @returns nothing if there is no whole match */
const matched = async (
  ports: RematchPorts,
  scanner: ImageScanner,
  task: ScanTask,
  rematch: Rematch,
  { timeoutMs, signal }: Attempt,
): Promise<Match | undefined> => {
  if (!scanner.rematch || scanner.identity.digest !== rematch.program) return undefined;
  const inventory = await inventoryIn(ports.blobs, rematch);
  if (!inventory) return undefined;
  const span = rematchSpan(ports, scanner, task);
  const folder = await ports.layouts.begin();
  try {
    const outcome = await scanner.rematch(folder, inventory, { timeoutMs, signal });
    signal.throwIfAborted();
    span.end(outcome.outcome === 'failed' ? outcome.message : undefined);
    return outcome.outcome === 'succeeded' ? outcome : undefined;
  } catch (error) {
    span.end(error as Error);
    throw error;
  } finally {
    ports.layouts.end(folder);
  }
};

/** The result of a job, by the whole match of its inventory. */
export const resultOf = (
  { driver, newsIn }: Pick<RematchPorts, 'driver' | 'newsIn'>,
  { identity, database }: ImageScanner,
  { inventory }: Rematch,
  match: Match,
  startedAt: string,
): RematchSuccess => {
  const { findings, layers, descriptions } = halvesOf(match.findings, match.packages);
  return {
    succeeded: true,
    rematched: true,
    findings,
    layers,
    descriptions: newsIn(descriptions, database.digest),
    startedAt,
    pullMs: 0,
    scannerMs: Math.round(match.scannerMs),
    scanner: identity,
    database,
    driver,
    ...(match.os ? { os: match.os } : {}),
    ...(match.uncovered ? { uncovered: match.uncovered } : {}),
    packages: inventory,
    form: findingForm,
  };
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
  const startedAt = new Date(attempt.clock.now()).toISOString();
  const match = await matched(ports, scanner, task, rematch, attempt);
  if (!rematch.isProof) return match && resultOf(ports, scanner, rematch, match, startedAt);
  if (!match) return {};
  const { findings } = halvesOf(match.findings, match.packages);
  return { found: { set: setSum(findings), ...(match.os ? { os: match.os } : {}) } };
};
