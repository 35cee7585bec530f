import { AssessmentsController } from './assessments/assessments.controller.ts';
import { ChangesController } from './changes/changes.controller.ts';
import { ChangeStreams } from './changes/stream.ts';
import { AuditController } from './audit/audit.controller.ts';
import { ContainerRegistriesController } from './container-registries/container-registries.controller.ts';
import { CoverageController } from './coverage/coverage.controller.ts';
import { DocsController } from './docs/docs.controller.ts';
import { ExportsController } from './exports/exports.controller.ts';
import { FixesController } from './fixes/fixes.controller.ts';
import { FreshGuard } from './fresh.guard.ts';
import { Lanes } from './lanes.ts';
import { GateController } from './gate/gate.controller.ts';
import { HaltedController } from './halted-partitions/halted.controller.ts';
import { HistoryController } from './history/history.controller.ts';
import { Moments } from './history/moments.ts';
import { ImagesController } from './images/images.controller.ts';
import { MeController } from './me/me.controller.ts';
import { ParkedController } from './parked-events/parked.controller.ts';
import { PortalController } from './portal/portal.controller.ts';
import { ClustersController } from './clusters/clusters.controller.ts';
import { KnowledgeController } from './knowledge/knowledge.controller.ts';
import { LongPolling } from './images/long-polling.ts';
import { Reports } from './reports/report.ts';
import { QueryLanguageController } from './resource-graph/query-language.controller.ts';
import { ResourceGraphController } from './resource-graph/resource-graph.controller.ts';
import {
  CloudController,
  OperationsController,
  ResourceManagerController,
} from './resource-manager/resource-manager.controller.ts';
import { RulePreviewController } from './rules/preview.controller.ts';
import { RulesController } from './rules/rules.controller.ts';
import { ScannersController } from './scanners/scanners.controller.ts';
import { Scopes } from './scopes.ts';
import { SearchController } from './search/search.controller.ts';
import { ServicesController } from './services/services.controller.ts';
import { SubAssessmentsController } from './sub-assessments/sub-assessments.controller.ts';
import { TagsController } from './tags/tags.controller.ts';
import { TrendsController } from './trends/trends.controller.ts';
import { VulnerabilitiesController } from './vulnerabilities/vulnerabilities.controller.ts';
import { WhyController } from './why/why.controller.ts';

export { Inventories } from './reports/inventories.ts';
export { LaneLimits } from './lane-limits.ts';
export { Peers } from './services/peers.ts';
export { GraphSettings } from './resource-graph/settings.ts';
export { StatementKey } from './gate/statement.ts';
export { SignIn } from './me/sign-in.ts';
export { AssessmentSettings } from './assessments/settings.ts';
export { PortalSettings } from './portal/settings.ts';

/** The routes of the module. */
export const recommendationControllers = [
  SubAssessmentsController,
  AssessmentsController,
  ContainerRegistriesController,
  CloudController,
  OperationsController,
  ResourceManagerController,
  MeController,
  ImagesController,
  VulnerabilitiesController,
  FixesController,
  SearchController,
  ExportsController,
  WhyController,
  GateController,
  ParkedController,
  HaltedController,
  RulesController,
  RulePreviewController,
  ScannersController,
  ServicesController,
  AuditController,
  KnowledgeController,
  ClustersController,
  CoverageController,
  TagsController,
  TrendsController,
  ChangesController,
  HistoryController,
  ResourceGraphController,
  QueryLanguageController,
  DocsController,
  PortalController,
];

/**
 * Providers that the controllers need. Not included: `View`, whose class is its injection token (`{ provide: View,
 * useFactory: () => View.open({ … }) }`), `LogClient`, `Peers`, `Inventories`, `LaneLimits`, and `Paging` and
 * `PositionSeal`, which `armApplication` provides. `AssessmentSettings` and `PortalSettings` may be provided under
 * their classes.
 */
export const recommendationProviders = [Scopes, FreshGuard, Lanes, LongPolling, Reports, ChangeStreams, Moments];
