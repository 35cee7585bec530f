import { run } from './run.ts';
import { assayClient } from './client-program.ts';

await run(assayClient);
