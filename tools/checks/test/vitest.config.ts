import { defineConfig } from 'vitest/config';
import { reporters } from '../../../vitest.base.ts';

/** Tests that fail, to see what is said of them. */
export default defineConfig({ test: { include: ['tools/checks/test/*.example.ts'], reporters } });
