import 'reflect-metadata';
import { runService } from '@assay/process';
import { eligibility } from './index.ts';

await runService(eligibility);
