import type { Shape } from '@assay/kusto';
import { languages } from '@assay/read-model/placement/languages';
import {
  cause,
  code,
  descriptionText,
  dynamic,
  isDemonstration,
  isHealthy,
  isPatchable,
  isVersion2,
  isVersion3,
  members,
  ofFinding,
  ofRatings,
  optionalText,
  padded,
  references,
  statusDescription,
  text,
} from './members.ts';

const system =
  "case when coalesce(f.i_os_family, '') = '' then '' else f.i_os_family || '_linux' || " +
  "case when coalesce(f.i_os_version, '') = '' then '' else '_' || f.i_os_version end end";
const isOfSystem = 'coalesce(f.package_type = f.i_os_family, false)';
const language = `case when ${isOfSystem} then '' else case f.package_type ${Object.entries(languages)
  .map(([type, name]) => `when '${type}' then '${name}'`)
  .join(' ')} else f.package_type end end`;

/** `cpePart` of the response in SQL. */
const cpePart = (sql: string): string =>
  String.raw`coalesce(nullif(regexp_replace(lower(${sql}), '([^a-z0-9._-])', '\\\1', 'g'), ''), '*')`;
const cpe = `json_object(
  'uri',
  'cpe:2.3:a:' || ${cpePart('f.package_type')} || ':' || ${cpePart('f.package')}
    || ':*:*:*:*:*:' || ${cpePart(system)} || ':*:*',
  'part', 'Applications', 'vendor', f.package_type, 'product', f.package,
  'version', '*', 'update', '*', 'edition', '*', 'language', '*', 'softwareEdition', '*',
  'targetSoftware', coalesce(nullif(${system}, ''), '*'), 'targetHardware', '*', 'other', '*')`;

/**
 * The first of the best scores whose vector is of the version. Each value is read once: reading it twice in a thousand
 * rows takes twice the memory.
 */
const score = (all: string, isOf: string): string => {
  const best =
    `list_extract(list_sort(list_transform(list_filter(${all}, lambda r: r.score is not null and (${isOf})), ` +
    `lambda r, i: {'s': -r.score, 'i': i, 'v': coalesce(r.vector, '')})), 1)`;
  return (
    `list_extract(list_transform([${best}], lambda b: case when b is null then 'null'::json else ` +
    `json_object('base', regexp_replace((-b.s)::varchar, '\\.0$', '')::json, 'cvssVectorString', b.v) end), 1)`
  );
};
const scores = (all: string): string =>
  `json_object('2.0', ${score(all, isVersion2)}, '3.0', ${score(all, isVersion3)})`;
/** The best scores of a finding, as JSON. Made once for a row: see `madeColumns`. */
export const cvss = ofRatings((ratings) => `list_extract(list_transform([${ratings}], lambda a: ${scores('a')}), 1)`);
const weaknesses =
  `json_object('cwe', list_transform(from_json(coalesce(f.v_cwes, '[]'), '["varchar"]'), ` + `lambda x: {'id': x}))`;

/** Facts that only the push has; they are stored with the image. */
const ofPush = (name: string, operator: '->' | '->>'): string =>
  `(select any_value(i.state::json ${operator} '/push/${name}') from images i where i.image = f.image)`;

/** `mdvmProperties` in SQL. A test compares the two. */
export const mdvmMembers: Readonly<Record<string, Shape>> = {
  id: text('f.vulnerability'),
  displayName: text(`case when ${isHealthy} then 'The image has no vulnerability findings' else f.vulnerability end`),
  status: members({
    code: text(code),
    cause: optionalText(`nullif(${cause}, '')`),
    description: optionalText(`case when ${cause} <> '' then ${statusDescription} end`),
    severity: optionalText('f.severity'),
  }),
  remediation: text(
    `case when ${isHealthy} then '' when coalesce(f.fixed_version, '') <> '' ` +
      `then 'Create new image with updated package ' || f.package || ' with version ' || f.fixed_version || ` +
      `' or higher.' else 'No fixed version of ' || f.package || ' is published yet.' end`,
  ),
  description: text(
    `case when ${isHealthy} then 'The image was scanned, and nothing has to be fixed.' else ` +
      `coalesce(${descriptionText}, '') end`,
  ),
  additionalData: members({
    assessedResourceType: text("'AzureContainerRegistryVulnerability'"),
    cvssV30Score: { type: 'real', sql: 'f.cvss3_score', optional: true },
    artifactDetails: members({
      repositoryName: text('f.repository'),
      registryHost: text('f.login_server'),
      digest: text('f.digest'),
      tags: dynamic(`coalesce(${ofPush('tags', '->')}, '[]'::json)`),
      artifactType: text("'ContainerImage'"),
      mediaType: text(`coalesce(${ofPush('mediaType', '->>')}, '')`),
      lastPushedToRegistryUTC: optionalText(padded(ofPush('pushedAt', '->>'))),
    }),
    softwareDetails: {
      optional: true,
      members: {
        packageName: optionalText(ofFinding('f.package')),
        category: optionalText(ofFinding(`case when ${isOfSystem} then 'OS' else 'Language' end`)),
        language: optionalText(ofFinding(language)),
        vendor: optionalText(ofFinding('f.package_type')),
        version: optionalText(ofFinding('f.installed_version')),
        fixedVersion: optionalText(ofFinding("coalesce(f.fixed_version, '')")),
        fixStatus: optionalText(ofFinding(`case when ${isPatchable} then 'FixAvailable' else 'NoFixAvailable' end`)),
        evidence: dynamic(ofFinding("case when coalesce(f.path, '') = '' then '[]'::json else json_array(f.path) end")),
        osDetails: {
          optional: true,
          members: { osPlatform: optionalText(ofFinding("'linux'")), osVersion: optionalText(ofFinding(system)) },
        },
      },
    },
    vulnerabilityDetails: {
      optional: true,
      members: {
        cveId: optionalText(ofFinding('f.vulnerability')),
        severity: optionalText('f.severity'),
        publishedDate: optionalText("nullif(f.v_published_at, '')"),
        lastModifiedDate: optionalText("nullif(f.v_modified_at, '')"),
        cvss: dynamic(ofFinding('f.cvss_scores')),
        cpe: dynamic(ofFinding(cpe)),
        weaknesses: dynamic(ofFinding(weaknesses)),
        references: dynamic(ofFinding(references)),
        workarounds: dynamic(ofFinding("'[]'::json")),
      },
    },
    demonstrationDatabase: { type: 'bool', sql: isDemonstration, optional: true },
    running: optionalText('f.r_running'),
  }),
};
