import 'reflect-metadata';
import { run } from './run.ts';
import { assay } from './program.ts';

await run(assay);
