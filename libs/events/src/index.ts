export * from './catalogue.ts';
export * from './cause.ts';
export * from './definition.ts';
export * from './dropped.ts';
export * from './envelope.ts';
export * from './families.ts';
export * from './findings/change.ts';
export * from './findings/derived.ts';
export * from './findings/finding.ts';
export * from './findings/scanned.ts';
export * from './findings/set.ts';
export * from './flow.ts';
export * from './ids.ts';
export * from './mark.ts';
export * from './package-inventory.ts';
export { Build, Package } from './packages.ts';
export * from './pages.ts';
export * from './parts.ts';
export * from './patterns.ts';
export * from './plan.ts';
export * from './present.ts';
export * from './reasons.ts';
export * from './recall.ts';
export * from './rules.ts';
export * from './scan-facts.ts';
export { checkSchemas, SchemaMissing } from './schema.ts';
export * from './sorted-entries.ts';
export * from './target.ts';
export * from './time.ts';
export * from './vocabulary.ts';
export { Consequences, LosingPackage, noConsequences, OfferedAdvisories } from './events/advisories.offered.ts';
export { Advisories, AdvisoryFamily, JavaDatabase } from './events/advisories.updated.ts';
export { WeighedAdvisories } from './events/advisories.weighed.ts';
export { AssessmentWritten } from './events/assessment.written.ts';
export { ChargeCorrected } from './events/charge.corrected.ts';
export { ClusterReported } from './events/cluster.reported.ts';
export { ClassificationRef, FindingClassified } from './events/finding.classified.ts';
export { ImageDeleted } from './events/image.deleted.ts';
export { Facts, ImagePushed, IndexChild, Inspection } from './events/image.pushed.ts';
export { ImageTagged, LostTag } from './events/image.tagged.ts';
export { ImageRunning, mostNamespaces } from './events/image.running.ts';
export { NotificationReceived } from './events/notification.received.ts';
export { OperatorActed } from './events/operator.acted.ts';
export { ExportRecorded } from './events/export.recorded.ts';
export { OwnersChanged } from './events/owners.changed.ts';
export { PeriodChanged, PeriodFile, PeriodTotal } from './events/period.changed.ts';
export { PlanChanged, PlanExtension } from './events/plan.changed.ts';
export {
  mostClusters,
  MovedFindings,
  NamedFinding,
  PreviousStatus,
  RecommendationChanged,
  Untagged,
} from './events/recommendation.changed.ts';
export { isShutOff, RegistryObserved } from './events/registry.observed.ts';
export { LogSealed } from './events/log.sealed.ts';
export { TagMoved } from './events/tag.moved.ts';
export { SubscriptionObserved } from './events/subscription.observed.ts';
export { RuleChanged, RuleCriteria } from './events/rule.changed.ts';
export { ScanApproved } from './events/scan.approved.ts';
export { ScanCompleted } from './events/scan.completed.ts';
export { ScanDeclined } from './events/scan.declined.ts';
export { ScanReassessed } from './events/scan.reassessed.ts';
export { ScanStarted } from './events/scan.started.ts';
export { UsageCharged } from './events/usage.charged.ts';
export { VulnerabilityDescribed } from './events/vulnerability.described.ts';
