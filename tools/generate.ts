// Writes the files derived from the event classes, the flow and the routes: JSON Schemas, the AsyncAPI and OpenAPI
// documents, and the diagram. It derives docs/settings.md and the catalogue of settings from their declarations,
// docs/metrics.md from the catalogue of metrics, ops/ and the SLO in docs/production.md from the boards and alerts, and
// docs/security-collection.md from the hostile images.
// `--check` writes nothing and fails if a file differs (drift).
import 'reflect-metadata';
import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  channelOf,
  configTopics,
  declineReasons,
  definitions,
  definitionsOn,
  doubtReasons,
  equipmentFailures,
  fenceType,
  flow,
  inventoryDocument,
  isConfigTopic,
  lapseReasons,
  markedTopics,
  scanFailures,
  markDefinition,
  markReasons,
  markType,
  parkReasons,
  typeOf,
  type Step,
} from '@assay/events';
import { registryFailures } from '@assay/registry';
import { collectionPage } from '../e2e/lies/page.ts';
import { operationsFiles } from './boards/files.ts';
import { sloTable } from './boards/slo-page.ts';
import { fieldDoc } from './class-docs.ts';
import { classSchemas, type JsonSchema as Schema } from './class-schemas.ts';
import { metricsPage } from './metrics.ts';
import { openApi, programs } from './openapi/document.ts';
import { takenBack } from './published.ts';
import { catalogue, settingsPage } from './settings.ts';
import { make, recorded, unraised } from './states/states.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const referenced = (schema: unknown): string[] =>
  [...JSON.stringify(schema).matchAll(/"#\/\$defs\/([A-Za-z]+)"/g)].map((match) => match[1]!);

const withDefinitions = (name: string, all: Record<string, Schema>): Schema => {
  const needed = new Set<string>();
  const visit = (of: string): void => {
    for (const next of referenced(all[of]))
      if (!needed.has(next)) {
        needed.add(next);
        visit(next);
      }
  };
  visit(name);
  return needed.size === 0
    ? all[name]!
    : { ...all[name], $defs: Object.fromEntries([...needed].toSorted().map((key) => [key, all[key]])) };
};

/** The codes of attempts that failed. */
const attemptCodes = [scanFailures, registryFailures, equipmentFailures];

/** The lists of codes that a field may hold, each with its meaning. */
const codesIn: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'Inspection.code': [registryFailures],
  'ScanDeclined.reason': [declineReasons],
  'ScanCompleted.reason': attemptCodes,
  'FindingClassified.reason': [doubtReasons],
  'RecommendationChanged.reason': [doubtReasons, declineReasons, lapseReasons],
  'PreviousStatus.reason': [doubtReasons, declineReasons, lapseReasons],
  'MarkException.reason': [markReasons, parkReasons, ...attemptCodes],
  'RegistryException.reason': [{ troubled: markReasons.troubled }, ...attemptCodes],
};

/** The comment on a field. For a field of codes, their meanings follow, a line each. */
const withReasons = (name: string, field: string): string | undefined => {
  const codes = Map.groupBy((codesIn[`${name}.${field}`] ?? []).flatMap(Object.entries<string>), ([code]) => code);
  // A code that two parts have means either.
  const lines = [...codes].map(([code, all]) => [code, all.map(([, meaning]) => meaning).join('; or ')]);
  const text = fieldDoc(name, field);
  return text && [text, ...lines.map(([code, meaning]) => `- \`${code}\`: ${meaning}`)].join('\n');
};

/** Adds the comment on each field, from the source of its class. */
const described = (schemas: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      {
        ...schema,
        properties: Object.fromEntries(
          Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([field, property]) => {
            const description = withReasons(name, field);
            return [field, description === undefined ? property : { ...property, description }];
          }),
        ),
      },
    ]),
  );

/** Events, and what is defined as events are: marks, and the document of an inventory. */
const defined = [...definitions, { ...markDefinition, published: true }, inventoryDocument];

/** The schema of each of them in its newest version, derived from the classes and the comments in them. */
export const derivedSchemas = (): Map<string, Schema> => {
  const all = described(classSchemas('#/$defs/'));
  return new Map(
    defined.map(({ topic, version, data, summary }) => [
      `${topic}.v${version}`,
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:assay:${topic}:v${version}`,
        title: typeOf(topic, version),
        description: summary,
        ...withDefinitions(data.name, all),
      },
    ]),
  );
};

const publishedFile = 'libs/events/schemas/published.json';

/** The schemas of all versions as they were published. */
export const publishedSchemas = (): Record<string, Schema> =>
  JSON.parse(readFileSync(resolve(root, publishedFile), 'utf8')) as Record<string, Schema>;

/** Incompatible changes of the classes to published schemas, a line each. */
const broken = (bySchema: ReadonlyMap<string, Schema>): string[] => {
  const published = publishedSchemas();
  return defined.flatMap(({ topic, version, published: outside }) => {
    const name = `${topic}.v${version}`;
    return published[name]
      ? takenBack(published[name], bySchema.get(name)!, { internal: !outside }).map((line) => `${name}: ${line}`)
      : [];
  });
};

/**
 * The schemas to publish: those published before, and compatible additions. A schema with an incompatible change is not
 * among them.
 */
const added = (bySchema: ReadonlyMap<string, Schema>): Record<string, Schema> => {
  const isBroken = (name: string): boolean => broken(bySchema).some((line) => line.startsWith(`${name}: `));
  const all = { ...publishedSchemas(), ...Object.fromEntries([...bySchema].filter(([name]) => !isBroken(name))) };
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** Logs keep old versions for ever, so a consumer that reads from the beginning needs them too. */
const upTo = (version: number): number[] => Array.from({ length: version }, (_, before) => before + 1);

/** The events that have a topic of the log to themselves, or share it as its first. */
const channels = definitions.filter(({ topic }) => channelOf(topic) === topic);

const required = ['specversion', 'id', 'type', 'source', 'subject', 'time'];
const attributes = [...required, 'causationid', 'correlationid', 'sequence', 'traceparent', 'tracestate'];

/** `image.pushed`, 1 to `ImagePushedV1`. */
const titleOf = (topic: string, version: number): string =>
  `${topic.replace(/(^|\.)(\w)/g, (_, _dot, first: string) => first.toUpperCase())}V${version}`;

/** A message. Its type is a constant: a record fits the message of its own type alone. */
const message = (type: string, title: string, summary: string, content: Schema): Schema => ({
  name: type,
  title,
  summary,
  contentType: 'application/json',
  headers: {
    type: 'object',
    required: required.map((name) => `ce_${name}`),
    properties: {
      ...Object.fromEntries(attributes.map((name) => [`ce_${name}`, { type: 'string' }])),
      ce_specversion: { type: 'string', const: '1.0' },
      ce_type: { type: 'string', const: type },
    },
  },
  ...content,
});

const asyncApi = (bySchema: Map<string, Schema>): Schema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Assay events',
    version: '1.0.0',
    license: { name: 'Apache-2.0' },
    description:
      'CloudEvents 1.0 in Kafka binary mode. Delivery is at least once, in order per image; drop repeats ' +
      'by id. Topics without the tag "published" are internal. `ce_type` tells the messages of a topic apart.',
  },
  servers: {
    kafka: {
      host: '{brokers}',
      protocol: 'kafka',
      description: 'The Kafka of the suite. A suite in one process has none; its log is not read from outside.',
      variables: { brokers: { default: 'localhost:9092', description: 'As in ASSAY_KAFKA_BROKERS.' } },
    },
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(
    channels.map(({ topic, published }) => [
      topic,
      {
        address: topic,
        description: isConfigTopic(topic)
          ? 'One partition; every instance follows it whole.'
          : 'Keyed by image digest.',
        messages: Object.fromEntries([
          ...definitionsOn(topic).flatMap(({ topic: name, version }) =>
            upTo(version).map((each) => [
              name === topic ? `v${each}` : `${name}.v${each}`,
              { $ref: `#/components/messages/${name}.v${each}` },
            ]),
          ),
          ...(isConfigTopic(topic) ? [] : [['fence', { $ref: '#/components/messages/fence' }]]),
          ...((markedTopics as readonly string[]).includes(topic)
            ? [['mark', { $ref: '#/components/messages/mark' }]]
            : []),
        ]),
        tags: [{ name: published ? 'published' : 'internal' }],
      },
    ]),
  ),
  operations: Object.fromEntries(
    (flow as readonly Step[]).flatMap(({ app, produces, consumes, config, reads = [] }) => [
      ...produces.map((topic) => [
        `${app}.says.${topic}`,
        { action: 'send', channel: { $ref: `#/channels/${topic}` } },
      ]),
      ...[...new Set<string>([...consumes, ...config, ...reads])].map((topic) => [
        `${app}.hears.${topic}`,
        { action: 'receive', channel: { $ref: `#/channels/${topic}` } },
      ]),
    ]),
  ),
  components: {
    messages: {
      ...Object.fromEntries(
        definitions.flatMap(({ topic, version: newest, summary, examples }) =>
          upTo(newest).map((version) => [
            `${topic}.v${version}`,
            message(typeOf(topic, version), `${topic}, version ${version}`, summary, {
              payload: inlined(titleOf(topic, version), bySchema.get(`${topic}.v${version}`)!),
              examples: [{ name: `v${version}`, payload: examples[version as 1] }],
            }),
          ]),
        ),
      ),
      fence: message(fenceType, 'fence', 'Shuts out what an earlier owner of the partition still appends. No data.', {
        payload: inlined('Fence', { type: 'object', additionalProperties: false }),
      }),
      mark: message(markType, 'mark', markDefinition.summary, { payload: inlined('Mark', bySchema.get('mark.v1')!) }),
    },
  },
});

/**
 * The schema of a type. AsyncAPI's own schema resolves local references against the document, so definitions are
 * inlined. Each type has a title, each list of values that of its type and field: generators name types by them.
 */
const inlined = (title: string, { $defs, $schema: _schema, $id: _id, ...schema }: Schema): Schema => {
  const definitions = $defs as Record<string, Schema>;
  const resolved = (of: unknown, name: string): unknown => {
    if (Array.isArray(of)) return of.map((each) => resolved(each, name));
    if (typeof of !== 'object' || of === null) return of;
    const { $ref: reference, ...part } = of as Schema & { $ref?: string };
    const type = reference?.slice('#/$defs/'.length);
    if (type !== undefined) return inlined(type, { ...definitions[type]!, $defs });
    const entries = Object.entries(part).map(([key, value]) => [key, key === 'enum' ? value : resolved(value, name)]);
    return { ...Object.fromEntries(entries), ...('enum' in part ? { title: name } : {}) };
  };
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([field, property]) => [
    field,
    resolved(property, `${title}${field.charAt(0).toUpperCase()}${field.slice(1)}`),
  ]);
  return { ...schema, properties: Object.fromEntries(properties), title };
};

const diagram = (): string => {
  const lines = flow.flatMap(({ app, does, produces }) => [
    `  ${app}["<b>${app}</b><br/>${does}"]`,
    ...produces
      .filter((topic) => !isConfigTopic(topic))
      .flatMap((topic) =>
        flow
          .filter((step) => (step.consumes as readonly string[]).includes(topic))
          .map((step) => `  ${app} -- ${topic} --> ${step.app}`),
      ),
  ]);
  const followed = flow.flatMap(({ app, config }) =>
    config.filter((topic) => topic !== 'operator.acted').map((topic) => `  ${topic}([${topic}]) -.-> ${app}`),
  );
  return ['```mermaid', 'flowchart TD', ...lines, ...followed, '```'].join('\n');
};

const marked = (text: string, name: string, body: string): string => {
  const [open, close] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < 0) throw new Error(`the marks ${open} and ${close} are missing`);
  return `${text.slice(0, start + open.length)}\n${body}\n${text.slice(end)}`;
};

/** Every derived file, by its path from the root. */
export const derived = (): Map<string, string> => {
  const published = added(derivedSchemas());
  const bySchema = new Map([...Object.entries(published), ...derivedSchemas()]);
  const files = new Map(
    [...bySchema].map(([name, schema]) => [`libs/events/schemas/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`]),
  );
  files.set(publishedFile, `${JSON.stringify(published, null, 2)}\n`);
  files.set('tools/states/states.json', `${JSON.stringify(make(programs), null, 2)}\n`);
  files.set('libs/settings/settings.json', `${JSON.stringify(catalogue(), null, 2)}\n`);
  files.set('docs/settings.md', settingsPage());
  files.set('docs/metrics.md', metricsPage());
  files.set('docs/security-collection.md', collectionPage());
  files.set('docs/asyncapi.json', `${JSON.stringify(asyncApi(bySchema), null, 2)}\n`);
  files.set('docs/openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`);
  for (const [path, text] of operationsFiles()) files.set(path, text);
  const production = 'docs/production.md';
  files.set(production, marked(readFileSync(resolve(root, production), 'utf8'), 'slo', sloTable()));
  const architecture = resolve(root, 'ARCHITECTURE.md');
  if (existsSync(architecture))
    files.set('ARCHITECTURE.md', marked(readFileSync(architecture, 'utf8'), 'flow', diagram()));
  return files;
};

export const drifted = (): string[] =>
  [...derived()]
    .filter(([path, text]) => !existsSync(resolve(root, path)) || readFileSync(resolve(root, path), 'utf8') !== text)
    .map(([path]) => path);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const refused = [
    ...broken(derivedSchemas()).map((line) => `${line} (CONTRIBUTING.md, "Changing an event", says what to do)`),
    ...unraised(recorded(), make(programs)),
  ];
  for (const line of refused) console.error(line);
  if (refused.length > 0) {
    console.error(
      'nothing was written: what was published is not taken back, and states of one version are made in one way',
    );
    process.exitCode = 1;
  } else if (process.argv.includes('--check')) {
    const paths = drifted();
    for (const path of paths) console.error(`${path} differs from what it is derived from: run npm run docs`);
    process.exitCode = paths.length > 0 ? 1 : 0;
  } else {
    for (const [path, text] of derived()) {
      mkdirSync(dirname(resolve(root, path)), { recursive: true });
      writeFileSync(resolve(root, path), text);
    }
    console.log(`${derived().size} files written, ${configTopics.length} config topics among ${definitions.length}`);
  }
}
