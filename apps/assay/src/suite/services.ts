import { flow, type App } from '@assay/events';
import type { Service } from '@assay/event-sourcing';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { ingestion } from '@assay/ingestion';
import { recommendation } from '@assay/recommendation';
import { sandboxRunner } from '@assay/sandbox-runner';

const byName: Readonly<Record<App, Service>> = {
  ingestion,
  eligibility,
  'sandbox-runner': sandboxRunner,
  classifier,
  recommendation,
  billing,
};

/** All services, in the order of the flow. */
export const services: readonly Service[] = flow.map(({ app }) => byName[app]);
