import 'reflect-metadata';
import { runService } from '@assay/process';
import { sandboxRunner } from './index.ts';

await runService(sandboxRunner);
