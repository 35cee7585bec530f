import 'reflect-metadata';
import { metrics } from '@opentelemetry/api';
import { configureGlobal } from 'fast-check';
import { afterAll } from 'vitest';
import { firstUser } from '../../apps/sandbox-runner/test/users.ts';

// A suite that a test starts has its own users for its scans, as those have that run beside it.
process.env['ASSAY_SANDBOX_FIRST_USER'] ??= String(firstUser);

// One number draws the cases of all properties; a failure prints it.
configureGlobal({ seed: Number(process.env['ASSAY_SEED']) });

// Files share a thread, and a thread has one meter provider: a file leaves none behind.
afterAll(() => metrics.disable());
