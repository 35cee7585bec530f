import 'reflect-metadata';
import { runService } from '@assay/process';
import { billing } from './index.ts';

await runService(billing);
