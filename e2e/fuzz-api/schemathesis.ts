import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawnOperations, operationClasses } from './draw.ts';
import type { Fuzzed } from './suite.ts';

const run = promisify(execFile);

/** A request without an answer in this time has failed. How long others take depends on the load of the machine. */
const patienceSeconds = '120';

const version = '4.32.5';

/** Installs it from PyPI, once per version, into its own virtual environment. */
const installed = async (): Promise<string> => {
  const folder = join(tmpdir(), `assay-schemathesis-${version}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (existsSync(join(folder, 'whole'))) return program;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `schemathesis==${version}`,
  ]);
  await writeFile(join(folder, 'whole'), '');
  return program;
};

/** Values that exist in the suite: random generation alone never finds the digest of an image. */
const knownValues = async ({
  endpoint: { url, token, registries },
}: Fuzzed): Promise<Readonly<Record<string, readonly string[]>>> => {
  const { value: images } = (await (
    await fetch(`${url}/assay/images`, { headers: { authorization: `Bearer ${token}` } })
  ).json()) as { value: readonly { digest: string; repository: string }[] };
  return {
    digest: images.map(({ digest }) => digest),
    repository: images.map(({ repository }) => repository),
    subscription: registries.map(({ subscriptionId }) => subscriptionId),
    scope: registries.map(({ registryId }) => registryId),
    query: [
      'securityresources',
      'securityresources | summarize count() by type',
      "securityresources | where type == 'microsoft.security/assessments' | project id, " +
        'properties.status.code | order by id asc',
    ],
    time: ['2999-12-31T00:00:00Z'],
    group: ['local'],
    provider: ['Microsoft.ContainerRegistry'],
    type: ['registries'],
    registry: registries.map(({ name }) => name),
    assessment: [
      'dbd0cb49-b563-45e7-9724-889e799fa648',
      'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5',
      '11111111-2222-4333-8444-555555555555',
    ],
  };
};

const bindings: Readonly<Record<string, string>> = {
  'path.digest': 'digest',
  'query.repository': 'repository',
  'query.subscription': 'subscription',
  'query.scope': 'scope',
  'path.subscriptionId': 'subscription',
  'path.resourceGroup': 'group',
  'path.provider': 'provider',
  'path.resourceType': 'type',
  'path.resource': 'registry',
  'path.registry': 'registry',
  'path.assessmentName': 'assessment',
  'body.scope': 'scope',
  'body.expiresAt': 'time',
  'body.query': 'query',
};

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string;
            readonly tags?: readonly string[];
            readonly parameters?: readonly { readonly name?: string }[];
          }
        >
      >
    >
  >;
}

/**
 * Operations whose refusals no schema can foresee. Page tokens are signed. A write must match the state that its
 * condition names. A rule must end in the future. A period ends after it began.
 * Queries have a language.
 */
const unforeseeable = ({ paths }: Document): readonly string[] =>
  Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(
      ({ operationId, parameters = [] }) =>
        ['Rules.put', 'RulePreview.preview', 'ResourceGraph.resources'].includes(operationId) ||
        parameters.some(({ name = '' }) => ['$skipToken', 'If-Match', 'from', 'to'].includes(name)),
    )
    .map(({ operationId }) => operationId);

const configuration = (dictionaries: Readonly<Record<string, readonly string[]>>, document: Document): string =>
  [
    '[auth.openapi]',
    'bearer = { bearer = "${ASSAY_TOKEN}" }',
    'webhook = { bearer = "${ASSAY_SECRET}" }',
    'sasKey = { api_key = "${ASSAY_SECRET}" }',
    'webhookCode = { api_key = "${ASSAY_SECRET}" }',
    '[parameters]',
    // Positions are encrypted: any other text is refused.
    '"header.x-assay-position" = ""',
    ...Object.entries(bindings).map(
      ([parameter, dictionary]) => `"${parameter}" = { dictionary = "${dictionary}", probability = 0.8 }`,
    ),
    ...Object.entries(dictionaries).flatMap(([name, values]) => [
      `[dictionaries.${name}]`,
      `values = ${JSON.stringify([...new Set(values)])}`,
    ]),
    '[[operations]]',
    `include-operation-id = ${JSON.stringify(unforeseeable(document))}`,
    'checks = { positive_data_acceptance = { expected-statuses = ["2xx", "304", "400", "401", "403", ' +
      '"404", "406", "409", "412", "429"] } }',
    // An operation may recall the scanner. Without another scanner, the suite answers that it is not ready.
    '[[operations]]',
    'include-operation-id = "process.ready"',
    'checks = { not_a_server_error = { expected-statuses = ["2xx", "4xx", "503"] } }',
  ].join('\n');

export interface FuzzOptions {
  readonly seed: number;
  /** Examples per operation and phase. */
  readonly examples: number;
  readonly seconds: number;
  /** How much of each part of the API and of each method is drawn, and at least one operation: 0 to 1. */
  readonly share: number;
  /** The seed that draws operations. The other one decides what each is asked. */
  readonly draw: number;
}

/** Words of the command line that choose the operations that are drawn: none if all are. */
const choosing = (document: Document, { share, draw: seed }: Pick<FuzzOptions, 'share' | 'draw'>): string[] => {
  if (share >= 1) return [];
  const drawn = drawnOperations(document, { seed, share });
  const all = new Set(operationClasses(document).flat());
  process.stdout.write(`seed ${seed} draws ${drawn.length} of ${all.size} operations; without --share all are asked\n`);
  return drawn.flatMap((id) => ['--include-operation-id', id]);
};

/** @returns whether the document describes every answer */
export const fuzz = async (
  fuzzed: Fuzzed,
  folder: string,
  { seed, examples, seconds, ...draw }: FuzzOptions,
  more: readonly string[],
): Promise<boolean> => {
  const program = await installed();
  await mkdir(folder, { recursive: true });
  const {
    endpoint: { url, token },
    secret,
  } = fuzzed;
  const config = join(folder, 'schemathesis.toml');
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  await writeFile(config, configuration(await knownValues(fuzzed), document));
  const child = spawn(
    program,
    [
      '--config-file',
      config,
      'run',
      `${url}/openapi.json`,
      '--checks',
      'all',
      '--phases',
      'examples,coverage,fuzzing',
      '--seed',
      String(seed),
      '--generation-database',
      'none',
      '--max-examples',
      String(examples),
      '--request-timeout',
      patienceSeconds,
      '--max-response-time',
      patienceSeconds,
      '--no-color',
      '--continue-on-failure',
      ...choosing(document, draw),
      ...more,
    ],
    {
      stdio: 'inherit',
      cwd: folder,
      env: { ...process.env, ASSAY_TOKEN: token, ASSAY_SECRET: secret },
      timeout: seconds * 1000,
    },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal) process.stderr.write(`schemathesis was stopped by ${signal}, which comes after ${seconds} s\n`);
  return code === 0;
};
