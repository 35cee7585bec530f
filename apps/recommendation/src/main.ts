import './thread-pool.ts';
import 'reflect-metadata';
import { runService } from '@assay/process';
import { recommendation } from './index.ts';

await runService(recommendation);
