import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError, type Sandbox } from '../sandbox/sandbox.ts';
import { LayerSummaries } from './layer-summaries.ts';
import { openRuntime } from './runtime.ts';
import { ImageWitness } from './witness.ts';

const startTimeoutMs = 30_000;

/** An input of this age belongs to a process that died; a younger one may belong to another process of this home. */
const abandonedAfterMs = 60 * 60 * 1000;

const removeAbandoned = (inputs: string): void => {
  for (const name of readdirSync(inputs)) {
    const path = join(inputs, name);
    const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - abandonedAfterMs) rmSync(path, { recursive: true, force: true });
  }
};

/**
 * Opens the witness, and proves that it runs in this sandbox: it has to find nothing in an image without layers.
 *
 * @throws SandboxError if it does not
 */
export const openWitness = async (sandbox: Sandbox, home: string): Promise<ImageWitness> => {
  const runtime = await openRuntime(home);
  const inputs = join(home, 'witness', 'inputs');
  mkdirSync(inputs, { recursive: true });
  removeAbandoned(inputs);
  const witness = new ImageWitness({
    sandbox,
    runtime,
    inputs,
    summaries: new LayerSummaries(join(home, 'witness', 'layers'), runtime.version),
  });
  const outcome = await witness.look({ configDigest: '', layers: [] }, { timeoutMs: startTimeoutMs });
  if (outcome.outcome === 'answered') return witness;
  throw new SandboxError(
    'sandbox-cannot-start',
    `the witness does not run in the ${sandbox.driver} sandbox: ` +
      ('message' in outcome ? outcome.message : outcome.outcome),
    'give each scan 4 GiB of address space and 768 MiB of memory for its witness, and report the fault (SECURITY.md)',
  );
};

export { ImageWitness } from './witness.ts';
export { witnessed } from './witnessed-scanner.ts';
