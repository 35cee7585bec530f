import { defineConfig } from 'vitest/config';
import { undrawn } from './tools/checks/long-files.ts';
import { fromSources, patient, reporters, setup } from './vitest.base.ts';

// Who runs all checks draws a share of what takes longest.
const left = undrawn(Number(process.env['ASSAY_SEED']), Number(process.env['ASSAY_LONG_SHARE'] ?? 1));
if (left.length > 0) console.log(`not drawn by seed ${process.env['ASSAY_SEED']}: ${left.join(', ')}`);

/**
 * What needs servers or programs besides Node: `npm run test:services`. Each test starts what it needs on ports of its
 * own, and stops it; much of their time is waiting, so several run at once.
 */
export default defineConfig({
  ...fromSources,
  test: {
    include: ['{apps,libs}/*/{src,test}/**/*.int.spec.ts', 'e2e/**/*.int.spec.ts', 'tools/**/*.int.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...left],
    setupFiles: [setup('vitest.setup.ts')],
    pool: 'forks',
    maxWorkers: 3,
    reporters,
    ...patient,
  },
});
