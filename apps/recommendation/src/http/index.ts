import { AssessmentsController } from './assessments.controller.ts';
import { ContainerRegistriesController } from './container-registries.controller.ts';
import { DocsController } from './docs.controller.ts';
import { FreshGuard } from './fresh.guard.ts';
import { GateController } from './gate.controller.ts';
import { HaltedController } from './halted.controller.ts';
import { ImagesController } from './images.controller.ts';
import { ParkedController } from './parked.controller.ts';
import { LongPolling } from './long-polling.ts';
import { Reports } from './report.ts';
import { ResourceGraphController } from './resource-graph.controller.ts';
import { RulesController } from './rules.controller.ts';
import { ScannersController } from './scanners.controller.ts';
import { Scopes } from './scopes.ts';
import { ServicesController } from './services.controller.ts';
import { SubAssessmentsController } from './sub-assessments.controller.ts';

export { addressesIn, Peers } from './peers.ts';
export { GraphSettings, graphSettingsIn, viewMemoryIn } from '../graph/settings.ts';
export { AssessmentSettings, settingsIn } from './settings.ts';

/** The routes of the module. */
export const recommendationControllers = [
  SubAssessmentsController,
  AssessmentsController,
  ContainerRegistriesController,
  ImagesController,
  GateController,
  ParkedController,
  HaltedController,
  RulesController,
  ScannersController,
  ServicesController,
  ResourceGraphController,
  DocsController,
];

/**
 * Providers that the controllers need. Not included: `View`, whose class is its injection token (`{ provide: View,
 * useFactory: () => View.open({ … }) }`), `LogClient`, `Peers`, and `Paging`, which `armApplication` of `@assay/arm`
 * provides. `AssessmentSettings` may be provided under its class.
 */
export const recommendationProviders = [Scopes, FreshGuard, LongPolling, Reports];
