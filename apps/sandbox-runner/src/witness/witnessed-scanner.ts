import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Package } from '@assay/events';
import { compared } from '../domain/inventory.ts';
import { leftOutOf, type LeftOut } from '../domain/left-out.ts';
import { LayoutError, readLayout, type LayoutImage } from '../scanner/layout.ts';
import { removeLater } from '../remove-later.ts';
import type { ExpectedImage, ImageScanner, ScanOptions, ScanOutcome } from '../scanner/scanner.ts';
import type { ImageLine } from './answer-schema.ts';
import type { ImageWitness, WitnessOutcome } from './witness.ts';

type Succeeded = Extract<ScanOutcome, { outcome: 'succeeded' }>;
export type Looking = Pick<ImageWitness, 'version' | 'look'>;

/** Gives the scanner packages, if it can take them. */
type Match = (packages: readonly Package[]) => Promise<ScanOutcome | undefined>;

const failed = (
  scannerMs: number,
  fault: { code: (ScanOutcome & { outcome: 'failed' })['code']; message: string },
): ScanOutcome => ({
  outcome: 'failed',
  ...fault,
  scannerMs,
});

/**
 * Gives the scanner the packages of languages that its report leaves out, as their own tools name them. Findings come
 * from the scanner alone; what it does not match stays left out.
 */
const completed = async (
  report: Succeeded,
  manifests: ImageLine['image']['manifests'],
  match: Match,
): Promise<{ readonly report: Succeeded; readonly leftOut: LeftOut }> => {
  const leftOut = leftOutOf(report.packages, manifests);
  const matched = leftOut.packages.length > 0 ? await match(leftOut.packages) : undefined;
  if (matched?.outcome !== 'succeeded') return { report, leftOut };
  const missing = [...new Set([...(report.uncovered?.languages ?? []), ...(matched.uncovered?.languages ?? [])])];
  const languages = missing.length > 0 ? { languages: missing.toSorted() } : {};
  return {
    report: {
      ...report,
      findings: [...report.findings, ...matched.findings],
      packages: [...report.packages, ...matched.packages],
      scannerMs: report.scannerMs + matched.scannerMs,
      ...(report.uncovered || missing.length > 0 ? { uncovered: { ...report.uncovered, ...languages } } : {}),
    },
    leftOut: { ...leftOut, packages: [] },
  };
};

/** A good report counts only if the witness has read the same bytes that a runtime would run. */
const together = async (
  report: Succeeded,
  image: LayoutImage,
  seen: WitnessOutcome,
  witness: string,
  match: Match,
): Promise<ScanOutcome> => {
  const { scannerMs } = report;
  if (seen.outcome === 'cancelled') return { outcome: 'cancelled', scannerMs };
  if (seen.outcome === 'failed') return failed(scannerMs, { code: seen.code, message: seen.message });
  const lie = image.layers.find(({ diffId }, nth) => seen.diffIds[nth] !== diffId);
  if (lie)
    return failed(scannerMs, {
      code: 'invalid-image',
      message: `the content of layer ${lie.digest} is not ${lie.diffId}, as the config says`,
    });
  const { report: whole, leftOut } = await completed(report, seen.answer.manifests, match);
  const { os, packages } = whole;
  const compare = { packages, leftOut, ...(os ? { os } : {}) };
  return { ...whole, ...compared(compare, seen.answer, { version: witness, layers: image.layers.length }) };
};

/**
 * Lets a witness look into each image beside the scanner, and adds to the report where they disagree.
 *
 * The witness also compares each layer's content with the diff id in the config. No scanner does this. Trivy uses the
 * diff id as the layer's name, and takes two layers of one name for one, so a second layer with a false diff id is
 * never looked at. Runtimes compare, and refuse such an image.
 */
export const witnessed = (scanner: ImageScanner, witness: Looking): ImageScanner => ({
  identity: scanner.identity,
  database: scanner.database,
  // Its packages were witnessed when the image was scanned.
  ...(scanner.rematch && { rematch: scanner.rematch.bind(scanner) }),
  ...(scanner.together && { together: scanner.together }),
  scan: async (layoutDir: string, expected: ExpectedImage, options: ScanOptions): Promise<ScanOutcome> => {
    let image: LayoutImage;
    try {
      image = readLayout(layoutDir, expected);
    } catch (error) {
      if (error instanceof LayoutError) return failed(0, { code: error.code, message: error.message });
      throw error;
    }
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, ...(options.signal ? [options.signal] : [])]);
    // Both run at once. Without a good report, there is nothing to confirm.
    const looking = witness.look(image, { ...options, signal });
    looking.catch(() => undefined);
    try {
      const outcome = await scanner.scan(layoutDir, expected, options);
      if (outcome.outcome !== 'succeeded') return outcome;
      if (options.signal?.aborted) return { outcome: 'cancelled', scannerMs: outcome.scannerMs };
      const match: Match = async (packages: readonly Package[]) => {
        const folder = join(layoutDir, `left-out-${randomUUID()}`);
        try {
          return await scanner.rematch?.(folder, { packages: [...packages] }, options);
        } finally {
          removeLater(folder);
        }
      };
      return await together(outcome, image, await looking, witness.version, match);
    } finally {
      ended.abort();
      await looking.catch(() => undefined);
    }
  },
});
