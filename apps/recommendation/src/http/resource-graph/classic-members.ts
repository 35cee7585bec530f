import type { Shape } from '@assay/kusto';
import {
  capital,
  cause,
  code,
  descriptionText,
  dynamic,
  isDemonstration,
  isHealthy,
  isPatchable,
  members,
  ofFinding,
  optionalText,
  references,
  statusDescription,
  text,
} from './members.ts';

const osFamily = "coalesce(f.i_os_family, 'unknown')";
const title = "case when f.v_title <> '' then f.v_title || ' (' || f.vulnerability || ')' end";
const severity = "case f.severity when 'Critical' then 'High' when 'Unknown' then 'Medium' else f.severity end";

const best = (score: string): Shape => ({
  optional: true,
  members: { base: { type: 'real', sql: `case when ${score} < 0 then 0 else ${score} end`, optional: true } },
});

const named =
  `list_filter(list_concat([f.vulnerability], ` +
  `from_json(coalesce(f.aliases, '[]'), '["varchar"]')), lambda x: starts_with(x, 'CVE-'))`;
const cves =
  `list_extract(list_transform([${named}], lambda a: to_json(list_transform(` +
  `list_filter(a, lambda x, i: list_position(a, x) = i), ` +
  `lambda x: {'title': x, 'link': 'https://nvd.nist.gov/vuln/detail/' || x}))), 1)`;

/** `remediationOf` in SQL. */
const remediation =
  `case when ${isHealthy} then '' when ${isPatchable} then 'Upgrade ' || f.package || ' from ' || ` +
  `f.installed_version || ' to ' || f.fixed_version || ' or later, rebuild the image and push it again.' ` +
  `else 'No fixed version of ' || f.package || ' is published yet.' end`;

/** `classicProperties` in SQL. A test compares the two. */
export const classicMembers: Readonly<Record<string, Shape>> = {
  id: text('f.vulnerability'),
  displayName: text(
    `case when ${isHealthy} then 'The image has no vulnerability findings' else ` +
      `coalesce(${title}, f.vulnerability || ' in ' || f.package) end`,
  ),
  status: members({
    code: text(code),
    cause: text(cause),
    severity: optionalText(severity),
    description: text(statusDescription),
  }),
  remediation: text(remediation),
  impact: text(
    `case when ${isHealthy} then '1' else case f.severity when 'Critical' then '5' when 'High' then '4' ` +
      `when 'Low' then '2' else '3' end end`,
  ),
  category: text(`case when ${isHealthy} then ${capital(osFamily)} else ${capital('f.package_type')} end`),
  description: text(
    `case when ${isHealthy} then 'The image was scanned, and nothing has to be fixed.' else ` +
      `coalesce(${descriptionText}, '') end`,
  ),
  additionalData: members({
    assessedResourceType: text("'ContainerRegistryVulnerability'"),
    type: text(`case when ${isHealthy} then 'Information Gathered' else 'Vulnerability' end`),
    cvss: members({ '2.0': best('f.cvss2_score'), '3.0': best('f.cvss3_score') }),
    patchable: { type: 'bool', sql: isPatchable },
    cve: dynamic(`case when ${isHealthy} then '[]'::json else ${cves} end`),
    publishedTime: optionalText("nullif(f.v_published_at, '')"),
    vendorReferences: dynamic(references),
    repositoryName: text('f.repository'),
    imageDigest: text('f.digest'),
    registryHost: text('f.login_server'),
    imageDetails: members({
      os: text("'Linux'"),
      osDetails: text(`concat_ws(' ', ${capital(osFamily)}, nullif(f.i_os_version, ''))`),
    }),
    threat: text("''"),
    demonstrationDatabase: { type: 'bool', sql: isDemonstration, optional: true },
    running: optionalText('f.r_running'),
    severityKnown: { type: 'bool', sql: ofFinding("f.severity <> 'Unknown'"), optional: true },
    severity: optionalText('f.severity'),
    assaySeverity: optionalText('f.severity'),
    packageName: optionalText(ofFinding('f.package')),
    installedVersion: optionalText(ofFinding('f.installed_version')),
    fixedVersion: optionalText("nullif(f.fixed_version, '')"),
    path: optionalText("nullif(f.path, '')"),
    firstSeenAt: optionalText(ofFinding('f.first_seen_at')),
    advisoryRemovedAt: optionalText("f.advisory_removed->>'at'"),
  }),
};
