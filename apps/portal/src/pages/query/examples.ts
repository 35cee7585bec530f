const unhealthy = `securityresources
| where type == "microsoft.security/assessments/subassessments"
| where properties.status.code == "Unhealthy"`;

/** Queries to begin with. Their names are in the texts. */
export const examples = {
  bySeverity: `${unhealthy}
| summarize findings = count() by severity = tostring(properties.additionalData.assaySeverity)
| order by findings desc`,
  oldest: `${unhealthy}
| extend data = properties.additionalData
| project seen = todatetime(data.firstSeenAt), vulnerability = tostring(properties.id),
    repository = tostring(data.repositoryName), package = tostring(data.packageName)
| order by seen asc
| take 100`,
  byPackage: `${unhealthy}
| extend data = properties.additionalData
| where data.patchable == true
| summarize findings = count(), images = dcount(tostring(data.imageDigest)) by package = tostring(data.packageName)
| order by findings desc`,
  registries: `resources
| project name, location, resourceGroup, subscriptionId, properties`,
} as const;
