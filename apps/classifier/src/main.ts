import 'reflect-metadata';
import { runService } from '@assay/process';
import { classifier } from './index.ts';

await runService(classifier);
