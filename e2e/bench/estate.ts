import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { severities } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { View } from '@assay/recommendation';
import { print, temporary } from './setting.ts';

const findingsOfAnImage = 200;
const imagesOfARegistry = 250;
const registriesOfASubscription = 4;

const subscriptionOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** The id of a registry of the estate. */
export const registryOf = (n: number): string =>
  `/subscriptions/${subscriptionOf(Math.floor(n / registriesOfASubscription))}/resourceGroups/rg` +
  `/providers/Microsoft.ContainerRegistry/registries/reg${n}`;

/** How many registries an estate with this number of findings has. */
export const registriesIn = (findings: number): number => Math.ceil(findings / findingsOfAnImage / imagesOfARegistry);

/**
 * Fills a read model with this number of findings by SQL, since consuming them as events would take minutes. Images
 * have 200 findings, registries 250 images, subscriptions four registries; images come in mixed order, as pushes do.
 * There are 5,000 vulnerabilities of 2,000 packages, each with 1 KB of texts.
 */
const filled = async (path: string, findings: number): Promise<void> => {
  const log = new EmbeddedLog(':memory:');
  await (await View.open({ path, log })).close();
  await log.close();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const images = Math.ceil(findings / findingsOfAnImage);
  const uuid = (of: string): string => `(md5(${of})::uuid)`;
  await connection.run(`
    create temp table placed as select i, (i // ${imagesOfARegistry})::integer as registry,
      i % ${imagesOfARegistry} as nth, ${uuid("'image' || i")} as image, 'sha256:' || sha256('image' || i) as digest,
      printf('00000000-0000-4000-8000-%012d',
        i // ${imagesOfARegistry * registriesOfASubscription}) as subscription_id from range(${images}) t(i);
    alter table placed add column registry_id varchar;
    update placed
      set registry_id = '/subscriptions/' || subscription_id ||
        '/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/reg' || registry;
    insert into registries by name select distinct lower(registry_id) || '/' as registry_key, registry_id,
      subscription_id, false as removed, json_object('registryId', registry_id, 'loginServer',
      'reg' || registry || '.registry.test',
      'subscriptionId', subscription_id, 'subscriptionName', 'Subscription ' || right(subscription_id, 3),
        'location', 'westeurope', 'sku', 'Standard', 'cloud', 'AzureCloud', 'networkAccess', 'public', 'plainHttp',
        false,
      'allowAddresses', [], 'tags', json_object(), 'removed', false, 'by', 'bench') as data from placed;
    insert into plans by name select distinct subscription_id, 'ContainerRegistry' as plan, true as scans,
      json_object('subscriptionId', subscription_id, 'plan', 'ContainerRegistry', 'tier', 'Standard', 'mode',
      'classic', 'from', '2026-01-01T00:00:00.000Z', 'by', 'bench') as data from placed;
    insert into images by name select image, lower(registry_id) || '/' as registry_key, subscription_id,
      registry_id, 'reg' || registry || '.registry.test' as login_server, 'team/app' || nth as repository, digest,
      'image' as kind, 'linux' as os,
      false as deleted, 'unhealthy' as head_status, 10 as critical, 50 as high, 80 as medium, 60 as low,
        0 as unknown, 100 as fixable, 0 as exempt, epoch_ms(now()) as database_built_ms, epoch_ms(now()) as head_ms,
      '2026-11-24T09:15:02.123Z' as pushed_at, ${findingsOfAnImage} as findings,
      '2026-11-24T09:15:03.373Z' as generated_at, 'debian' as os_family, '13.0' as os_version, false as demonstration,
      '[]' as layers, epoch_ms(now()) as since_ms, true as counted, 'v1' as tags, json_object('placement',
        json_object('subscriptionId', subscription_id, 'registryId', registry_id, 'loginServer',
        'reg' || registry || '.registry.test', 'repository', 'team/app' || nth, 'digest', digest),
        'push', json_object('tags', ['v1'], 'mediaType', 'application/vnd.oci.image.manifest.v1+json', 'pushedAt',
          '2026-11-24T09:15:02.123Z')) as state from placed;
    create temp table described as select k, 'CVE-2026-' || (1000 + k) as vulnerability,
      'package' || (k % 2000) as package, case k % 20
        when 0 then 'Critical' when 1 then 'High' when 2 then 'High' when 3 then 'High' when 4 then 'High'
        when 5 then 'Unknown' when 6 then 'Low' when 7 then 'Low' when 8 then 'Low' else 'Medium' end as severity,
      (k % 100) / 10.0 as cvss, case when k % 2 = 0 then '1.0-1+deb13u1' end as fixed from range(5000) t(k);
    insert into vulnerabilities by name select vulnerability, 'Something is wrong in ' || package as title,
      repeat('What can be said of ' || vulnerability || '. ', 20) as description,
      json_array('https://www.debian.org/security/2026/dsa-' || k)::varchar as "references",
      json_array('CWE-787')::varchar as cwes,
      json_array(json_object('source', 'nvd', 'severity', severity, 'score', cvss, 'vector',
        'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H'))::varchar as ratings,
      '2026-11-20T00:00:00.000Z' as published_at from described;
    insert into findings by name select p.image, ${uuid("'finding' || p.i || '/' || n")} as name,
      lower(p.registry_id) || '/' as registry_key, p.subscription_id, p.registry_id,
      'reg' || p.registry || '.registry.test' as login_server,
      'team/app' || p.nth as repository, p.digest, 'finding' as kind, v.vulnerability, v.package,
      'debian' as package_type, '1.0-1' as installed_version, v.fixed as fixed_version,
      json_array('DSA-' || v.k)::varchar as aliases, v.severity, 'scanner' as severity_rule, v.cvss as score,
      'active' as state, '2026-11-24T09:15:02.600Z' as first_seen_at, 'Unhealthy' as code, '' as cause,
      'The resource is unhealthy' as description, epoch_ms(now()) as database_built_ms
      from placed p, range(${findingsOfAnImage}) f(n) join described v on v.k = (p.i * 37 + f.n * 13) % 5000
      order by md5(p.i::varchar);
    insert into vulnerability_counts by name select registry_key, subscription_id, login_server, vulnerability,
      ${severities.map((severity) => `count(*) filter (severity = '${severity}') as ${severity.toLowerCase()}`).join()},
      ${severities.map((severity) => `${severity.toLowerCase()} as active_${severity.toLowerCase()}`).join()},
      count(distinct image) as images, images as active_images,
      count(distinct image) filter (fixed_version <> '') as fixable_images, fixable_images as active_fixable_images
      from findings group by all;
    insert into fix_counts by name select registry_key, subscription_id, login_server, package_type, package as name,
      'debian 13.0' as system,
      ${severities.map((severity) => `count(*) filter (severity = '${severity}') as ${severity.toLowerCase()}`).join()}
      from findings where fixed_version <> '' group by all;
    checkpoint;`);
  connection.closeSync();
  instance.closeSync();
};

let made: Promise<string> | undefined;

/** A folder with its own read model of a million findings, made once per run. */
export const estate = async (findings: number): Promise<string> => {
  made ??= (async () => {
    const file = join(temporary('estate'), 'view.duckdb');
    print(`making ${findings.toLocaleString('en')} findings …`);
    await filled(file, findings);
    return file;
  })();
  const folder = temporary('reads');
  copyFileSync(await made, join(folder, 'view.duckdb'));
  return folder;
};
