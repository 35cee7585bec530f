import fc from 'fast-check';
import { localSubscription } from '../../../apps/assay/src/suite/local.ts';
import { send, expectAnswer, type ApiAnswer } from '../api-request.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { expectThat, type FuzzTarget } from '../target.ts';
import { registryId, type FuzzWorld } from '../world.ts';

const registries =
  '/subscriptions/SUBSCRIPTION/providers/Microsoft.ContainerRegistry/registries?api-version=2019-05-01';
const assessments = 'providers/Microsoft.Security/assessments';
const paths = [
  `/subscriptions/SUBSCRIPTION/${assessments}?api-version=2020-01-01`,
  `/subscriptions/SUBSCRIPTION/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`,
  `${registryId}/${assessments}/dbd0cb49-b563-45e7-9724-889e799fa648?api-version=2020-01-01`,
  `/subscriptions/SUBSCRIPTION/resourceGroups/fuzz/${assessments}/dbd0cb49-b563-45e7-9724-889e799fa648` +
    '/subAssessments?api-version=2019-01-01-preview',
  `/providers/Microsoft.Management/managementGroups/all/${assessments}?api-version=2020-01-01`,
  registries,
  '/subscriptions/SUBSCRIPTION/providers/Microsoft.Security/pricings/ContainerRegistry?api-version=2018-06-01',
  '/providers/Microsoft.Security/assessmentMetadata?api-version=2020-01-01',
  `/assay/images/sha256:${'a'.repeat(64)}/findings?repository=team/x`,
  '/assay/images?$skipToken=x',
  '/assay/rules/rule-1?scope=/',
  '/assay/parked/classifier/scan.completed/3/17',
  '/assay/charges?from=2026-01-01&to=2026-02-01',
  '/assay/export?from=2026-01-01&to=2026-02-01&format=csv',
  '/openapi.json',
  '/docs/index.html',
  '/healthz',
];
const pathTokens = [
  '/',
  '//',
  '%2F',
  '%2f',
  '..',
  '/../',
  '%2e%2e/',
  '%00',
  '%',
  '%zz',
  '?',
  '&',
  '=',
  ';',
  '#',
  '\\',
  ':',
  'api-version=',
  '$skipToken=',
  '$filter=',
  'subscriptions',
  '%73ubscriptions',
  'providers',
  '@',
  'http://127.0.0.1:1/',
  '\u0000',
  '\u202e',
  'é',
  'x'.repeat(3000),
];

interface PathCase {
  readonly of: number;
  readonly edits: readonly ByteEdit[];
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

const guarded = /^\/(subscriptions|providers|tenants|assay)(\/|$)/i;

/** Without a token, no path reveals guarded data, however it is written. */
const armPaths: FuzzTarget<PathCase> = {
  name: 'arm-paths',
  description: 'paths and queries of the API',
  perTurn: 60,
  cases: fc.record({
    of: fc.nat({ max: paths.length - 1 }),
    edits: byteEdits(pathTokens, 4),
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'PATCH'),
    headers: fc.dictionary(
      fc.constantFrom('accept', 'prefer', 'host', 'x-forwarded-host', 'x-forwarded-proto', 'x-ms-client-request-id'),
      fc.constantFrom(
        'application/sarif+json',
        '*/*;q=0',
        'wait=1',
        'wait=-1',
        'a.test, b.test',
        '"><script>',
        'https',
        '\r\nx: y',
        'x'.repeat(5000),
      ),
      { maxKeys: 2 },
    ),
  }),
  hold: async ({ of, edits, method, headers }, world) => {
    const running = await world.suite();
    const path = edited(paths[of]!.replace('SUBSCRIPTION', localSubscription), edits).toString('utf8');
    const known = await send(running, {
      method,
      path,
      headers: { ...headers, authorization: `Bearer ${running.token}` },
    });
    if (method !== 'HEAD') expectAnswer(known);
    expectThat(known.status < 500, `answered ${known.status}`);
    const stranger = await send(running, { method, path, headers });
    expectThat(stranger.status < 500, `a stranger was answered ${stranger.status}`);
    expectThat(
      !(stranger.status < 300 && guarded.test(path)),
      `a stranger was answered ${stranger.status} for ${path.slice(0, 200)}`,
    );
    expectThat(
      !/\r|\n/.test(JSON.stringify(Object.values(known.headers)).replaceAll('\\n', '\n')),
      'a header goes on in another line',
    );
  },
};

interface SkipCase {
  readonly edits: readonly ByteEdit[];
  readonly elsewhere: boolean;
}

/** A list that always has a next page, even in an empty suite: it describes the suite itself. */
const listed = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';
const graph = async (world: FuzzWorld, body: string): Promise<ApiAnswer> =>
  send(await world.suite(), {
    method: 'POST',
    path: listed,
    headers: { authorization: `Bearer ${await world.reader()}`, 'content-type': 'application/json' },
    body,
  });
const pageOf = 'resources | union resourcecontainers | project id | order by id asc';

const skipTokens: FuzzTarget<SkipCase> = {
  name: 'skip-tokens',
  description: 'tokens that lead to the next page',
  perTurn: 30,
  cases: fc.record({ edits: byteEdits(['.', '=', '-', '_', 'A', '%00', '..'], 2), elsewhere: fc.boolean() }),
  hold: async ({ edits, elsewhere }, world) => {
    const question = (token?: string): string =>
      JSON.stringify({
        query: elsewhere && token !== undefined ? `${pageOf} | take 5` : pageOf,
        options: { $top: 1, ...(token === undefined ? {} : { $skipToken: token }) },
      });
    const first = await graph(world, question());
    const { $skipToken: own } = expectAnswer(first, true) as { $skipToken?: string };
    if (first.status === 504) return;
    expectThat(own !== undefined, 'there is no second page');
    const token = edited(own!, edits).toString('utf8');
    const answer = await graph(world, question(token));
    expectAnswer(answer, true);
    const isOwn =
      Buffer.from(token, 'base64url').equals(Buffer.from(own!, 'base64url')) || token === own || token === '';
    expectThat(
      answer.status !== 200 || (isOwn && (!elsewhere || token === '')),
      `answered ${answer.status} to a token that nobody gave out: ${token}`,
    );
    const running = await world.suite();
    const list = await send(running, {
      path: `/assay/images?$skipToken=${encodeURIComponent(token)}`,
      headers: { authorization: `Bearer ${running.token}` },
    });
    expectAnswer(list);
    expectThat(list.status === 400 || token === '', `a list took the token of another: ${list.status}`);
  },
};

interface QueryCase {
  readonly of: number;
  readonly edits: readonly ByteEdit[];
  readonly body: readonly JsonEdit[];
}

const queries = [
  'securityresources | where type == "microsoft.security/assessments/subassessments" | extend severity = ' +
    'tostring(properties.status.severity) | summarize count() by severity, ' +
    'bin(todatetime(properties.timeGenerated), 1d) | order by count_ desc',
  'securityresources | where type =~ "microsoft.security/assessments" | project id, name, ' +
    'properties.displayName, score = iff(properties.status.code == "Healthy", 1, 0) | take 10',
  'resources | where type == "microsoft.containerregistry/registries" | join kind=leftouter ' +
    '(resourcecontainers | project subscriptionId, sub = name) on subscriptionId | distinct name, sub',
  'securityresources | mv-expand cve = properties.additionalData.cve | extend t = tostring(cve.title) | ' +
    'where t matches regex "CVE-[0-9]+" or t has_any ("a", "b") | parse t with "CVE-" year:int "-" rest | ' +
    'top 5 by year desc',
  'let x = dynamic({"a":[1,2,"3"]}); resources | extend y = x.a[0], z = strcat("a", 1), d = ago(1d), s = ' +
    'split("a,b", ",")[1], r = replace_string("a", "b", "c") | count',
];
const kqlTokens = [
  '|',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '\\',
  '`',
  ',',
  ';',
  '--',
  '/*',
  '//',
  '==',
  '=~',
  '!has',
  'in~',
  'between',
  '..',
  'and',
  'or',
  'not',
  'where',
  'extend',
  'project-away',
  'summarize',
  'by',
  'order by',
  'union',
  'join',
  'let',
  'dynamic(',
  'datetime(',
  'timespan(',
  '1e400',
  '-',
  '*',
  '/ 0',
  '% 0',
  '9223372036854775808',
  'null',
  'tostring(',
  'parse_json(',
  'extract("((((((", 1, ',
  'todynamic',
  '; drop table images',
  '$staleBefore',
  '?',
  '\u0000',
  '\ud83d',
  '(((((((((((((((((((((((((((((((',
  'not(not(not(not(',
];

const kql: FuzzTarget<QueryCase> = {
  name: 'kql',
  description: 'queries of Azure Resource Graph',
  perTurn: 30,
  cases: fc.record({
    of: fc.nat({ max: queries.length - 1 }),
    edits: byteEdits(kqlTokens, 4),
    body: jsonEdits(
      [
        'query',
        'subscriptions',
        'managementGroups',
        'options',
        '$top',
        '$skip',
        '$skipToken',
        'resultFormat',
        'facets',
        'expression',
      ],
      1,
    ),
  }),
  hold: async ({ of, edits, body }, world) => {
    const answer = await graph(
      world,
      editedJson(
        {
          subscriptions: [localSubscription],
          query: edited(queries[of]!, edits).toString('utf8'),
          options: { $top: 10, resultFormat: 'objectArray' },
          facets: [{ expression: 'type' }],
        },
        body,
      ),
    );
    expectAnswer(answer, true);
    expectThat([200, 400, 403, 413, 504].includes(answer.status), `answered ${answer.status}`);
  },
};

export const questionTargets: readonly (FuzzTarget<PathCase> | FuzzTarget<SkipCase> | FuzzTarget<QueryCase>)[] = [
  armPaths,
  skipTokens,
  kql,
];
