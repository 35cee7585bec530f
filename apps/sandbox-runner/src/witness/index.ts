import { join } from 'node:path';
import { SandboxError, type Sandbox } from '../sandbox/sandbox.ts';
import { LayerSummaries } from './layer-summaries.ts';
import { openRuntime } from './runtime.ts';
import { ImageWitness } from './witness.ts';

const startTimeoutMs = 30_000;

/**
 * Opens the witness, and proves that it runs in this sandbox: it has to find nothing in an image without layers.
 *
 * @throws SandboxError if it does not
 */
export const openWitness = async (sandbox: Sandbox, home: string): Promise<ImageWitness> => {
  const runtime = await openRuntime(home);
  const witness = new ImageWitness({
    sandbox,
    runtime,
    summaries: new LayerSummaries(join(home, 'witness', 'layers'), runtime.version),
  });
  const outcome = await witness.look({ configDigest: '', layers: [] }, join(home, 'witness', `start-${process.pid}`), {
    timeoutMs: startTimeoutMs,
  });
  if (outcome.outcome === 'answered') return witness;
  throw new SandboxError(
    'sandbox-cannot-start',
    `the witness does not run in the ${sandbox.driver} sandbox: ${'message' in outcome ? outcome.message : outcome.outcome}`,
    'give a scan at least 4 GiB of address space and 1 GiB of memory, and report the fault (SECURITY.md)',
  );
};

export { ImageWitness } from './witness.ts';
export { witnessed } from './witnessed-scanner.ts';
