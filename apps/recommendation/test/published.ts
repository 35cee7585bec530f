/**
 * Published queries about registry findings, with the columns that they must return. Names of registries, images and
 * subscriptions are in double braces.
 */
export interface PublishedQuery {
  readonly name: string;
  readonly columns: string;
  readonly text: string;
}

const table =
  'id (string), name (string), type (string), tenantId (string), kind (string), location (string), resourceGroup ' +
  '(string), subscriptionId (string), managedBy (string), sku (dynamic), plan (dynamic), properties (dynamic), ' +
  'tags (dynamic), identity (dynamic), zones (dynamic), extendedLocation (dynamic)';

export const published: readonly PublishedQuery[] = [
  {
    // https://learn.microsoft.com/en-us/azure/container-registry/resource-graph-samples
    name: 'Q1',
    columns:
      'assessmentKey (string), subassessmentKey (string), id (string), properties (dynamic), resourceGroup ' +
      '(string), subscriptionId (string), tenantId (string), description (dynamic), displayName (dynamic), ' +
      'resourceId (dynamic), resourceSource (dynamic), category (dynamic), severity (dynamic), code (dynamic), ' +
      'timeGenerated (dynamic), remediation (dynamic), impact (dynamic), vulnId (dynamic), additionalData (dynamic)',
    text: `SecurityResources
| where type == 'microsoft.security/assessments'
| where properties.displayName contains 'Container registry images should have vulnerability findings resolved'
| summarize by assessmentKey=name //the ID of the assessment
| join kind=inner (
    securityresources
    | where type == 'microsoft.security/assessments/subassessments'
    | extend assessmentKey = extract('.*assessments/(.+?)/.*',1,  id)
) on assessmentKey
| project assessmentKey, subassessmentKey=name, id, parse_json(properties), resourceGroup, subscriptionId, tenantId
| extend description = properties.description,
    displayName = properties.displayName,
    resourceId = properties.resourceDetails.id,
    resourceSource = properties.resourceDetails.source,
    category = properties.category,
    severity = properties.status.severity,
    code = properties.status.code,
    timeGenerated = properties.timeGenerated,
    remediation = properties.remediation,
    impact = properties.impact,
    vulnId = properties.id,
    additionalData = properties.additionalData`,
  },
  {
    // https://learn.microsoft.com/en-us/azure/defender-for-cloud/subassessment-rest-api
    name: 'Q3',
    columns: `${table}, assessmentKey (string), timeGenerated (dynamic)`,
    text:
      `securityresources 
| where type =~ "microsoft.security/assessments/subassessments" and properties.additionalData.assessedResourceType ` +
      `== "AzureContainerRegistryVulnerability"
| extend assessmentKey=extract(@"(?i)providers/Microsoft.Security/assessments/([^/]*)", 1, id)
| where assessmentKey == "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"
| extend timeGenerated = properties.timeGenerated
| where timeGenerated > ago(1h)`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Container%20Image%20Scan%20Vulnerability%20Assessment/ARG%20queries/Container%20Registry%20Vulnerability%20Assessment%20Images%20Scan%20Summary/readme.md
    name: 'Q5',
    columns:
      'registryResourceId (string), registryName (string), repository (string), imageDigest (string), scanStatus ' +
      '(string), severitySummary (dynamic)',
    text:
      `securityresources
 | where type == 'microsoft.security/assessments/subassessments'
 | where id matches regex  '(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/'
 | parse id with  registryResourceId '/providers/Microsoft.Security/assessments/' *
 | parse registryResourceId with  * "/providers/Microsoft.ContainerRegistry/registries/" registryName
 | extend imageDigest = tostring(properties.additionalData.imageDigest)
 | extend repository = tostring(properties.additionalData.repositoryName)
 | extend scanFindingSeverity = tostring(properties.status.severity), scanStatus = tostring(properties.status.code)
 | summarize scanFindingSeverityCount = count() by scanFindingSeverity, scanStatus, registryResourceId, ` +
      `registryName, repository, imageDigest
 | summarize severitySummary = make_bag(pack(scanFindingSeverity, scanFindingSeverityCount)) by registryResourceId, ` +
      `registryName, repository, imageDigest, scanStatus`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Kusto/Azure%20Resource%20Graph/List%20Container%20Registry%20Vulnerability%20Assessment%20Results/readme.md
    name: 'Q7',
    columns:
      'subassessmentKey (string), health (dynamic), severity (dynamic), vulnId (dynamic), displayName (dynamic), ' +
      'description (dynamic), remediation (dynamic), category (dynamic), impact (dynamic), timeGenerated ' +
      '(dynamic), registryName (string), repository (string), imageDigest (string), resourceGroup (string), ' +
      'subscriptionId (string), tenantId (string), registryResourceId (string)',
    text:
      `securityresources
 | where type == 'microsoft.security/assessments/subassessments'
 | where id matches regex  '(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/'
 | parse id with  registryResourceId '/providers/Microsoft.Security/assessments/' *
 | parse registryResourceId with  * "/providers/Microsoft.ContainerRegistry/registries/" registryName
 | extend imageDigest = tostring(properties.additionalData.imageDigest), repository = ` +
      `tostring(properties.additionalData.repositoryName)
 | project
         subassessmentKey=name,
         health = properties.status.code,
         severity = properties.status.severity,
         vulnId = properties.id,
         displayName = properties.displayName,
         description = properties.description,
         remediation = properties.remediation,
         category = properties.category,
         impact = properties.impact,
         timeGenerated = properties.timeGenerated,
         registryName,
         repository,
         imageDigest,
         resourceGroup,
         subscriptionId,
         tenantId,
         registryResourceId`,
  },
  {
    // Microsoft self-help article "Container image scanning (ACR) self help guide", a public GitHub source file
    // (repository unknown).
    name: 'Q9',
    columns:
      'registryResourceId (string), repository (string), imageDigest (string), scanStatus (string), ' +
      'severitySummary (dynamic)',
    text:
      `securityresources
 | where type == "microsoft.security/assessments/subassessments"
 | where id matches regex  "(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/"
 | extend registryResourceId = tostring(split(id, "/providers/Microsoft.Security/")[0])
 | extend imageDigest = tostring(properties.additionalData.imageDigest), repository = ` +
      `tostring(properties.additionalData.repositoryName)
 | extend scanFindingSeverity = tostring(properties.status.severity), scanStatus = tostring(properties.status.code)
 | summarize scanFindingSeverityCount = count() by scanFindingSeverity, scanStatus, registryResourceId, repository, ` +
      `imageDigest
 | summarize  severitySummary = make_bag(pack(scanFindingSeverity, scanFindingSeverityCount)) by ` +
      `registryResourceId, repository, imageDigest, scanStatus`,
  },
  {
    // kubescape registry adaptor for Azure, a public GitHub source file (repository unknown)
    name: 'Q11',
    columns: 'id (dynamic), severity (dynamic), description (dynamic), cve (dynamic)',
    text: `securityresources
| where type == "microsoft.security/assessments/subassessments"
| extend registryName = extract(@"(?i)/registries/([^/]+)/", 1, id)
| where registryName =~ "{{REGISTRY}}"
| where properties.additionalData.assessedResourceType == "ContainerRegistryVulnerability"
| where properties.additionalData.repositoryName == "{{REPOSITORY}}"
| where properties.additionalData.imageDigest == "{{DIGEST}}"
| project 
    id = properties.id, 
    severity = properties.status.severity,
    description = properties.description,
    cve = properties.additionalData.cve`,
  },
  {
    // https://github.com/Azure/AzureDefender-K8S-InClusterDefense/blob/main/pkg/dataproviders/arg/queries/arg_query_generator_test.go (earlier revision)
    name: 'Q13',
    columns:
      'registry (string), repository (string), digest (string), scanStatus (string), scanFindingSeverity (string), ' +
      'id (string), patchable (bool)',
    text: `securityresources
 | where type == 'microsoft.security/assessments/subassessments'
 | where id matches regex  '(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/'
 | extend digest = tostring(properties.additionalData.imageDigest)
 | extend repository = tostring(properties.additionalData.repositoryName)
 | extend registry = tostring(properties.additionalData.registryHost)
 | where   registry =~ "{{REGISTRY_HOST}}" and repository =~ "{{REPOSITORY}}" and digest == "{{DIGEST}}"
 | parse id with  registryResourceId '/providers/Microsoft.Security/assessments/' *
 | extend scanFindingSeverity = tostring(properties.status.severity), scanStatus = tostring(properties.status.code)
 | extend id = tostring(properties.id), patchable = tobool(properties.additionalData.patchable)
 | project registry, repository, digest, scanStatus, scanFindingSeverity, id, patchable`,
  },
  {
    // training lab text, a public GitHub source file (repository unknown)
    name: 'Q15',
    columns: 'severity (string), image (string), count_ (long)',
    text: `securityresources
| where type =~ 'microsoft.security/assessments/subassessments'
| where properties.additionalData.assessedResourceType =~ 'AzureContainerRegistryVulnerability'
| extend severity = tostring(properties.status.severity),
         cve      = tostring(properties.id),
         image    = tostring(properties.additionalData.repositoryName)
| summarize count() by severity, image
| order by severity asc`,
  },
  {
    // a public GitHub source file (repository unknown)
    name: 'Q17',
    columns:
      `${table}, imageDigest (string), repositoryName (string), registry (string), imageTag (string), cveId ` +
      '(string), severity (string), patchable (bool), description (string)',
    text: `securityresources
| where type == "microsoft.security/assessments/subassessments"
| where properties.additionalData.assessedResourceType == "AzureContainerRegistryVulnerability"
| extend
    imageDigest = tostring(properties.additionalData.artifactDetails.digest),
    repositoryName = tostring(properties.additionalData.artifactDetails.repositoryName),
    registry = tostring(properties.additionalData.artifactDetails.registryHost),
    imageTag = tostring(properties.additionalData.artifactDetails.tags[0]),
    cveId = tostring(properties.displayName),
    severity = tostring(properties.status.severity),
    patchable = tobool(properties.additionalData.patchable),
    description = tostring(properties.description)`,
  },
  {
    // a public GitHub source file (repository unknown)
    name: 'Q19',
    columns:
      'id (string), subscriptionId (string), resourceGroup (string), assessmentKey (string), cveId (string), ' +
      'displayName (string), severity (string), resourceId (string), assessedType (string), cvss (real), patchable ' +
      '(bool), repo (string), digest (string)',
    text:
      `securityresources
| where type == "microsoft.security/assessments/subassessments"
| extend props = parse_json(properties)
| where props.category in~ ("Vulnerability", "Container Vulnerability", "Image Vulnerability") or ` +
      `props.additionalData.assessedResourceType in~ ("ServerVulnerability", "ContainerRegistryVulnerability", ` +
      `"AzureContainerRegistryVulnerability", "AzureContainerImageVulnerability")
| project id, subscriptionId, resourceGroup, assessmentKey = extract(".*assessments/(.+?)/.*", 1, id), cveId = ` +
      `tostring(props.id), displayName = tostring(props.displayName), severity = tostring(props.status.severity), ` +
      `resourceId = tostring(props.resourceDetails.id), assessedType = ` +
      `tostring(props.additionalData.assessedResourceType), cvss = todouble(props.additionalData.cvss.["3.0"].base), ` +
      `patchable = tobool(props.additionalData.patchable), repo = tostring(props.additionalData.repositoryName), ` +
      `digest = tostring(props.additionalData.imageDigest)
| where cveId startswith "CVE-"`,
  },
  {
    // a public GitHub source file (repository unknown)
    name: 'Q21',
    columns:
      'Severity (string), CVE Score 3.0 (string), Category (string), Name (string), Description (string), ' +
      'Remediation (string), Impact (string), CVE ID (string), Image Published Time (string), Container Registry ' +
      '(dynamic), Image Repository (dynamic), Image Digest (string), additionalJsonData (dynamic)',
    text:
      'securityresources  | where type =~ "microsoft.security/assessments/subassessments"  | extend ' +
      'assessmentKey=extract(@"(?i)providers/Microsoft.Security/assessments/([^/]*)", 1, id), ' +
      'subAssessmentId=tostring(properties.id), parentResourceId= extract("(.+)/providers/Microsoft.Security", 1, ' +
      'id)  | extend resourceId = tostring(properties.resourceDetails.id)  | extend ' +
      'subAssessmentName=tostring(properties.displayName),    ' +
      'subAssessmentDescription=tostring(properties.description),    ' +
      'subAssessmentRemediation=tostring(properties.remediation),    ' +
      'subAssessmentCategory=tostring(properties.category),    subAssessmentImpact=tostring(properties.impact),    ' +
      'severity=tostring(properties.status.severity),    status=tostring(properties.status.code),    ' +
      'cause=tostring(properties.status.cause),    statusDescription=tostring(properties.status.description),    ' +
      'additionalData=tostring(properties.additionalData)  | where assessmentKey == ' +
      '"dbd0cb49-b563-45e7-9724-889e799fa648"  | extend additionalJsonData = parse_json(additionalData)  | extend ' +
      'repositoryName = additionalJsonData.repositoryName  | extend registry = additionalJsonData.registryHost  | ' +
      `where registry == '{{REGISTRY_HOST}}'  | extend imageDigest = tostring(additionalJsonData.imageDigest)  | ` +
      'where imageDigest == "{{DIGEST}}"  | extend imagePublishedTime = ' +
      'tostring(additionalJsonData.publishedTime)  | extend cveScore = ' +
      'tostring(additionalJsonData.cvss.["3.0"].base)  | extend cveId = tostring(additionalJsonData.cve)  | where ' +
      'status == "Unhealthy"  | order by cveScore desc  | project ["Severity"]=severity, ["CVE Score ' +
      '3.0"]=cveScore, ["Category"]=subAssessmentCategory, ["Name"]=subAssessmentName, ' +
      '["Description"]=subAssessmentDescription, ["Remediation"]=subAssessmentRemediation, ' +
      '["Impact"]=subAssessmentImpact, ["CVE ID"]=cveId, ["Image Published Time"]=imagePublishedTime, ["Container ' +
      'Registry"]=registry, ["Image Repository"]=repositoryName,["Image Digest"]= imageDigest, additionalJsonData',
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Workbooks/ASCQualysDashboard/ASC%20Qualys%20Report%20Containers/ASC%20Qualys%20Report%20Containers.workbook
    name: 'Q23',
    columns: 'severity (string), count_ (long)',
    text: `securityresources
 | where type == "microsoft.security/assessments"
 | where * contains "Vulnerabilities in Azure Container Registry images should be remediated (powered by Qualys)"
 | summarize by assessmentKey=name //the ID of the assessment
 // Joining Assessment + SubAssessment table to get more details
 | join kind=inner (
    securityresources
     | where type == "microsoft.security/assessments/subassessments"
     | extend assessmentKey = extract(".*assessments/(.+?)/.*",1,  id)
 ) on assessmentKey
 // Get data in useful table format
 | project assessmentKey, 
           subassessmentKey=name,
           resourceGroup, 
           virtualMachine=extract(".*virtualMachines/(.+?)/.*",1,  id), 
           subscriptionId, 
           tenantId, 
           parse_json(properties)
 | extend description = properties.description,
          category = properties.category,
          severity = properties.status.severity
// summarize and order
| summarize count() by  tostring(severity)
| order by count_ desc`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Workbooks/Vulnerability%20Scanner%20Unified%20Dashboard%201.0/ASC-UnifiedVMScanner-v1.workbook
    name: 'Q25',
    columns: 'severity (string), dcount_VulnId (long)',
    text:
      `securityresources
 | where type == "microsoft.security/assessments"
 | where * contains "Container images in Azure registry should have vulnerability findings resolved"
 | summarize by assessmentKey=name //the ID of the assessment
 | join kind=inner ( 
 securityresources 
 	| where type == "microsoft.security/assessments/subassessments"
	| extend assessmentKey = extract(".*assessments/(.+?)/.*",1,  id)
 ) on assessmentKey
  | project subassessmentKey=name, parse_json(properties) 
  | extend VulnId = tostring(properties.id), description = tostring(properties.displayName), severity = ` +
      `tostring(properties.status.severity), status = tostring(properties.status.code)
  | where status != 'Healthy'
  | summarize dcount(VulnId) by severity`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Workbooks/Vulnerability%20Scanner%20Unified%20Dashboard%201.0/ASC-UnifiedVMScanner-v1.workbook
    name: 'Q27',
    columns: 'ResourceType (string), count (long)',
    text: `securityresources
 | where type == "microsoft.security/assessments"
 | where * contains "Container images in Azure registry should have vulnerability findings resolved"
 | summarize by assessmentKey=name //the ID of the assessment
 // Joining Assessment + SubAssessment table to get more details
 | join kind=inner ( 
 securityresources 
 	| where type == "microsoft.security/assessments/subassessments"
	| extend assessmentKey = extract(".*assessments/(.+?)/.*",1,  id)
 ) on assessmentKey
 // Get data in useful table format
  | project ResourceType=tolower(split(id,"/").[6]), resourceName=tolower(split(id,"/").[8])
  | summarize count=dcount(resourceName) by ResourceType`,
  },
  {
    // https://learn.microsoft.com/en-us/azure/governance/resource-graph/samples/samples-by-table and https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Kusto/Azure%20Resource%20Graph/Count%20Healthy%20and%20Unhealthy/Readme.md
    name: 'Q29',
    columns: 'recommendationName (string), recommendationState (string), numberOfResources (long)',
    text: `securityresources
| where type == "microsoft.security/assessments"
| extend resourceId=id,
    recommendationId=name,
    resourceType=type,
    recommendationName=properties.displayName,
    source=properties.resourceDetails.Source,
    recommendationState=properties.status.code,
    description=properties.metadata.description,
    assessmentType=properties.metadata.assessmentType,
    remediationDescription=properties.metadata.remediationDescription,
    policyDefinitionId=properties.metadata.policyDefinitionId,
    implementationEffort=properties.metadata.implementationEffort,
    recommendationSeverity=properties.metadata.severity,
    category=properties.metadata.categories,
    userImpact=properties.metadata.userImpact,
    threats=properties.metadata.threats,
    portalLink=properties.links.azurePortal
| summarize numberOfResources=count(resourceId) by tostring(recommendationName), tostring(recommendationState)`,
  },
  {
    // https://github.com/guguji666666/GJS-MDC-Tips/blob/main/Useful%20KQL%20queries/README.md
    name: 'Q31',
    columns: 'name (string), subId (string), Azure_Defender_plan (string), Status (dynamic)',
    text: `SecurityResources
| where type == 'microsoft.security/pricings'
| extend subId = tostring(subscriptionId)
| project subId, Azure_Defender_plan= name, Status= properties.pricingTier
| join kind = leftouter 
(
resourcecontainers
| where type == "microsoft.resources/subscriptions"
| extend subId = tostring (split(id, "/")[2])
| project name, subId
) on subId
| project name, subId, Azure_Defender_plan, Status`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Kusto/Azure%20Resource%20Graph/Starter%20Kit%20-%20ASC%20Pricing/README.md
    name: 'Q33',
    columns: 'subscriptionId (string)',
    text: `securityresources
| where type == "microsoft.security/pricings"
| where properties.pricingTier == "Free" 
| distinct subscriptionId`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Kusto/Azure%20Resource%20Graph/Time%20Indicators/readme.md
    name: 'Q35',
    columns: `${table}, assessmentStatusCode (string), firstEvaluationDate (datetime), statusChangeDate (datetime)`,
    text: `securityresources
| where type =~ "microsoft.security/assessments"
| extend assessmentStatusCode = tostring(properties.status.code)
| where assessmentStatusCode =~ "unhealthy"
| extend firstEvaluationDate = todatetime(properties.status.firstEvaluationDate)
| extend statusChangeDate = todatetime(properties.status.statusChangeDate)
| where statusChangeDate > firstEvaluationDate`,
  },
  {
    // a public GitHub source file (repository unknown)
    name: 'Q37',
    columns: 'legacy_subassessment_rows (long)',
    text: `securityresources
    | where type =~ 'microsoft.security/assessments/subassessments'
    | where id contains 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5'
    | summarize legacy_subassessment_rows = count()`,
  },
  {
    // https://github.com/Azure/azqr/blob/main/internal/graph/azqr/azure-resources/ContainerRegistry/registries/kql/cr-004.kql
    name: 'Q39',
    columns: 'recommendationId (string), name (string), id (string), tags (dynamic), param1 (string)',
    text: `// Check if Container Registry has private endpoints enabled
resources
| where type =~ 'Microsoft.ContainerRegistry/registries'
| extend privateEndpoints = array_length(properties.privateEndpointConnections)
| where privateEndpoints == 0 or isnull(privateEndpoints)
| extend recommendationId = 'cr-004'
| extend param1 = ''
| project recommendationId, name, id, tags, param1`,
  },
  {
    // a public GitHub source file (repository unknown)
    name: 'Q41',
    columns: 'repo (string), registry (string), severity (string)',
    text: `securityresources
| where type == 'microsoft.security/assessments/subassessments'
| where properties.resourceDetails.type =~ 'ContainerRegistry'
| extend repo = tostring(properties.additionalData.artifactDetails.repositoryName)
| extend registry = tostring(properties.additionalData.artifactDetails.registryHost)
| extend severity = tostring(properties.status.severity)
| where repo contains '{{REPOSITORY}}'
| project repo, registry, severity`,
  },
  {
    // https://github.com/Azure/Microsoft-Defender-for-Cloud/blob/main/Kusto/Azure%20Resource%20Graph/Starter%20Kit%20-%20ASC%20Pricing/README.md
    name: 'Q43',
    columns: 'Count (long)',
    text: `resourcecontainers
| where type == 'microsoft.resources/subscriptions'
| count`,
  },
  {
    // https://github.com/Azure/azqr/blob/main/internal/graph/azqr/azure-resources/ContainerRegistry/registries/kql/cr-010.kql
    name: 'Q45',
    columns: 'recommendationId (string), name (string), id (string), tags (dynamic), param1 (string)',
    text: `// Check if Container Registry uses retention policies
resources
| where type =~ 'Microsoft.ContainerRegistry/registries'
| extend retentionPolicyStatus = properties.policies.retentionPolicy.status
| where isnull(retentionPolicyStatus) or retentionPolicyStatus =~ 'disabled'
| extend recommendationId = 'cr-010'
| extend param1 = ''
| project recommendationId, name, id, tags, param1`,
  },
];
