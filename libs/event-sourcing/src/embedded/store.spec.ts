import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeStore } from '@assay/testing';
import { EmbeddedStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-store-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore('embedded, in a file', async () => new EmbeddedStore(join(folder, `${(files += 1)}.db`)));
describeStore('embedded, in memory', async () => new EmbeddedStore(':memory:'));
