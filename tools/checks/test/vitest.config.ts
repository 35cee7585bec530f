import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that fail, to see what the reporter prints about them. */
export default defineConfig({
  test: {
    include: ['tools/checks/test/*.example.ts'],
    reporters: ['default', fileURLToPath(new URL('../reporter.ts', import.meta.url))],
  },
});
