import 'reflect-metadata';
import { runService } from '@assay/process';
import { ingestion } from './index.ts';

await runService(ingestion);
