import { randomInt } from 'node:crypto';
import { patienceMs } from './libs/testing/src/patience.ts';

/**
 * What all runs of tests share. Every package is tested from its sources: no build stands between a change and its
 * test.
 */
export const fromSources = {
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/** A test waits for several things, one after the other; a hook may fetch a scanner or a broker first. */
export const patient = {
  testTimeout: 5 * patienceMs,
  hookTimeout: 8 * patienceMs,
  expect: { poll: { timeout: patienceMs } },
};

/** The last one says what failed, and how to run it alone. */
export const reporters = ['default', new URL('tools/checks/reporter.ts', import.meta.url).pathname];

/** The path of a file that is named from here. */
export const setup = (file: string): string => new URL(file, import.meta.url).pathname;

/** What Node made of a module is kept for the many processes that tests start. */
process.env['NODE_COMPILE_CACHE'] ??= setup('node_modules/.cache/assay/compiled');

/** What properties draw by; the same number draws the same. */
process.env['ASSAY_SEED'] ??= String(randomInt(2 ** 31));
