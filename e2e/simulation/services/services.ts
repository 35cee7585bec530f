import type { App } from '@assay/events';
import type { Decider } from '@assay/event-sourcing';
import { billingProgram } from '@assay/billing/domain/decider';
import { listPrices } from '@assay/billing/domain/prices';
import { decider as classifier } from '@assay/classifier/domain/decider';
import { decider as eligibility } from '@assay/eligibility/domain/decider';
import { decider as ingestion } from '@assay/ingestion/domain/decider';
import { decider as recommendation } from '@assay/recommendation/domain/decider';
import { deciderOn } from '@assay/sandbox-runner/domain/decider';
import { databaseOf } from '../outside/databases.ts';
import { firstBuild, scannerOf } from '../outside/scanners.ts';
import { closing, opened, type Given, type RunningInstance } from './composing.ts';
import { startIngestion } from './ingestion.ts';
import { startRecommendation } from './recommendation.ts';
import { startSandboxRunner } from './sandbox-runner.ts';

const billing = billingProgram(listPrices);

/** All services: the decider of each, for a rebuild, and how an instance of it starts. */
export const services: Readonly<
  Record<
    App,
    { readonly program: Decider<never, never, never>; readonly start: (given: Given) => Promise<RunningInstance> }
  >
> = {
  ingestion: { program: ingestion as never, start: startIngestion },
  eligibility: { program: eligibility as never, start: async (given) => closing(await opened(eligibility, given)) },
  'sandbox-runner': {
    program: deciderOn({
      scanner: scannerOf(firstBuild),
      database: databaseOf(1),
      driver: 'simulated',
    }) as never,
    start: startSandboxRunner,
  },
  classifier: { program: classifier as never, start: async (given) => closing(await opened(classifier, given)) },
  recommendation: { program: recommendation as never, start: startRecommendation },
  billing: { program: billing as never, start: async (given) => closing(await opened(billing, given)) },
};

export const apps = Object.keys(services) as App[];
