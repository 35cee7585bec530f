import { flow } from '@assay/events';
import {
  declaredBlobs,
  declaredKafka,
  declaredProcess,
  declaredRedis,
  group,
  tasks,
  type Declaration,
  type KnownSetting,
  type Settings,
} from '@assay/settings';
import { services } from '../apps/assay/src/suite/services.ts';
import { commandSettings, suiteSettings } from '../apps/assay/src/suite/settings.ts';

/** Every process of a service reads these, besides the service's own. */
const ofProcess = group({
  process: declaredProcess,
  kafka: declaredKafka,
  redis: declaredRedis,
  blobs: declaredBlobs,
});

const [suite, commands] = ['assay up', 'commands'];

const readers: readonly (readonly [reader: string, settings: Settings<unknown>])[] = [
  ...services.map(({ name, settings }) => [name, group({ own: settings, ofProcess })] as const),
  [suite, suiteSettings],
  [commands, commandSettings],
];

/** Every declared setting with its readers, by task. */
export const catalogue = (): readonly KnownSetting[] => {
  const all = new Map<string, { declaration: Declaration; readers: string[] }>();
  for (const [reader, { declarations }] of readers)
    for (const declaration of new Map(declarations.map((each) => [each.name, each])).values()) {
      const known = all.get(declaration.name) ?? { declaration, readers: [] };
      if (known.declaration.summary !== declaration.summary)
        throw new Error(`${declaration.name} is declared twice, and differently`);
      all.set(declaration.name, known);
      if (declaration.by?.includes(reader) ?? true) known.readers.push(reader);
    }
  return tasks.flatMap((task) =>
    [...all.values()]
      .filter(({ declaration }) => declaration.task === task)
      .map(({ declaration, readers: actual }) => {
        const { by: _, ...about } = declaration;
        return { ...about, readers: actual };
      }),
  );
};

const readBy = ({ readers: by }: KnownSetting): string => {
  const apps = flow.map(({ app }) => app).filter((app) => by.includes(app));
  const rest = by.filter((reader) => !(apps as readonly string[]).includes(reader));
  return [
    ...(apps.length === flow.length ? ['all services'] : apps),
    ...rest.map((reader) => (reader === suite ? `\`${suite}\`` : reader)),
  ].join(', ');
};

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** Paragraphs, each a list of sentences. */
const introduction = [
  [
    'Settings are environment variables.',
    'A service reads them once, at its start.',
    'An invalid value stops the start with one line that names the setting.',
    'An unknown name that begins with `ASSAY_` is a warning, which names the nearest setting.',
  ],
  [
    '`assay up` runs all services in one process, without Kafka and Redis.',
    'Otherwise each service is a process of its own, `node apps/<service>/dist/main.js`, in as many replicas as you',
    'like ([operations](operations.md), [Redis](redis.md)).',
    '`--help` of either prints its settings.',
  ],
  [
    '`npm run docs` writes this page from the declarations in `libs/settings` and in `settings.ts` of each service:',
    'change those.',
  ],
];

const telemetry = [
  'The variables of OpenTelemetry hold.',
  '`OTEL_EXPORTER_OTLP_ENDPOINT` and the others send traces and metrics over OTLP.',
  '`OTEL_SDK_DISABLED=true` turns telemetry off ([telemetry](operations.md#telemetry-and-alerts)).',
];

/** docs/settings.md. */
export const settingsPage = (): string => {
  const all = catalogue();
  return `# Settings

${introduction.map((sentences) => sentences.join(' ')).join('\n\n')}

## What production must set

${[
  row('setting', 'reason', 'read by'),
  row('---', '---', '---'),
  ...all.flatMap((each) =>
    each.production === undefined ? [] : [row(`\`${each.name}\``, each.production, readBy(each))],
  ),
].join('\n')}

${tasks
  .map((task) =>
    [
      `## ${task}`,
      '',
      row('setting', 'default', 'meaning', 'read by'),
      row('---', '---', '---', '---'),
      ...all
        .filter((each) => each.task === task)
        .map((each) => row(`\`${each.name}\``, each.default ?? '', each.summary, readBy(each))),
    ].join('\n'),
  )
  .join('\n\n')}

## Send telemetry

${telemetry.join(' ')}
`;
};
