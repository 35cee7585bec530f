import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionOf, encode, encodeFence, type AnyEvent, type Encoded } from '@assay/events';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pagesFolder = join(root, 'docs/howto');

/** A change of a file, as a page shows it: the lines of a diff, or the whole text of a new file. */
interface Change {
  readonly path: string;
  readonly kind: 'change' | 'new';
  readonly lines: readonly string[];
}

interface Page {
  readonly name: string;
  /** Scripts that copy files: blocks of shell that begin with `cp`. They come before the changes. */
  readonly copying: readonly string[];
  readonly changes: readonly Change[];
  /** Files and folders of the repository that the page names. */
  readonly named: readonly string[];
  /** The commands of the page that run here: the files after `npm test --`. */
  readonly specs: readonly string[];
}

const block = /^`([^`]+)`( \(new\))?:\n\n```(\w+)\n([\s\S]*?)^```$/gm;

const pageOf = (file: string): Page => {
  const text = readFileSync(join(pagesFolder, file), 'utf8');
  return {
    name: basename(file, '.md'),
    copying: [...text.matchAll(/^```sh\n(cp [\s\S]*?)^```$/gm)].map((match) => match[1]!),
    changes: [...text.matchAll(block)].map(([, path, isNew, , body]) => ({
      path: path!,
      kind: isNew ? 'new' : 'change',
      lines: body!.split('\n').slice(0, -1),
    })),
    named: [...text.matchAll(/`((?:apps|docker|docs|e2e|libs|tools)\/[\w./-]+)`/g)].map((match) => match[1]!),
    specs: [...text.matchAll(/^npm test -- (.*)$/gm)].flatMap((match) => match[1]!.split(' ')),
  };
};

const pages = readdirSync(pagesFolder)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .toSorted()
  .map(pageOf);

/** Each hunk of a diff; a line that begins with `@@` stands between two. An empty line is a line of both sides. */
const hunksOf = (lines: readonly string[]): string[][] => {
  const hunks: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('@@')) hunks.push([]);
    else hunks.at(-1)!.push(line === '' ? ' ' : line);
  }
  return hunks;
};

const side = (hunk: readonly string[], leftOut: '+' | '-'): string =>
  hunk
    .filter((line) => !line.startsWith(leftOut))
    .map((line) => `${line.slice(1)}\n`)
    .join('');

/** @throws Error if the lines that a hunk rests on are not in the file, or more than once */
const changed = (text: string, { path, lines }: Change): string =>
  hunksOf(lines).reduce((now, hunk) => {
    const before = side(hunk, '+');
    const places = now.split(before).length - 1;
    if (places !== 1) throw new Error(`${path} has these lines ${places} times, not once:\n${before}`);
    return now.replace(before, () => side(hunk, '-'));
  }, text);

/** The repository without what is built. */
const copyTo = (folder: string): void => {
  const isSource = (path: string): boolean => !['node_modules', 'dist'].includes(basename(path));
  for (const name of readdirSync(root).filter((each) => !each.startsWith('.') && isSource(each)))
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: isSource });
};

/** As `npm install` links packages: those of the installation, and ours from the copy. */
const link = (folder: string): void => {
  const installed = join(root, 'node_modules');
  mkdirSync(join(folder, 'node_modules/@assay'), { recursive: true });
  for (const name of readdirSync(installed).filter((each) => !['@assay', '.cache', '.vite'].includes(each)))
    symlinkSync(join(installed, name), join(folder, 'node_modules', name));
  for (const kind of ['apps', 'libs'])
    for (const name of readdirSync(join(folder, kind)))
      symlinkSync(join(folder, kind, name), join(folder, 'node_modules/@assay', name));
};

/** As `npm run docs` does, from sources. */
const writesDerived = `import { writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { derived } from './generate.ts';

it('writes what is derived', () => {
  for (const [path, text] of derived()) writeFileSync(path, text);
});
`;

/** A kafkajs that has some records, as buffers, and no broker. */
const kafkaOf = (records: readonly Encoded[]): string => `
exports.CompressionCodecs = {};
exports.CompressionTypes = { ZSTD: 4 };
exports.Kafka = class {
  consumer = () => ({
    connect: async () => {},
    subscribe: async () => {},
    run: async ({ eachMessage }) => {
      for (const { headers, value } of ${JSON.stringify(records)})
        await eachMessage({
          message: {
            headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
            value: Buffer.from(value),
          },
        });
    },
  });
};
`;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly failureMessages: readonly string[] }[];
  }[];
}

describe('a how-to page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-howto-'));
  let report: Report;

  const run = async (...files: string[]): Promise<Report> => {
    const to = join(folder, 'report.json');
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
    const args = ['run', '--project', 'unit-*', '--maxWorkers=1', '--reporter=json', `--outputFile=${to}`, ...files];
    const ended = await promisify(execFile)(
      process.execPath,
      [join(folder, 'node_modules/vitest/vitest.mjs'), ...args],
      { cwd: folder, env },
    ).catch((error: unknown) => error as { stderr: string });
    try {
      return JSON.parse(readFileSync(to, 'utf8')) as Report;
    } catch {
      throw new Error(ended.stderr);
    }
  };

  const failuresOf = ({ testResults }: Report, spec: string): string[] => {
    const results = testResults.filter(({ name }) => name.startsWith(join(folder, spec)));
    if (results.length === 0) return [`${spec} did not run`];
    return results.flatMap(({ message, assertionResults }) => [
      ...(message ? [message] : []),
      ...assertionResults.flatMap(({ fullName, failureMessages }) =>
        failureMessages.map((each) => `${fullName}: ${each.slice(0, 400)}`),
      ),
    ]);
  };

  // All pages in one copy, and one run of their tests: loading takes longer than the tests do.
  beforeAll(async () => {
    copyTo(folder);
    for (const script of pages.flatMap(({ copying }) => copying))
      await promisify(execFile)('sh', ['-euc', script], { cwd: folder });
    for (const change of pages.flatMap(({ changes }) => changes)) {
      const path = join(folder, change.path);
      mkdirSync(dirname(path), { recursive: true });
      const text = change.kind === 'new' ? `${change.lines.join('\n')}\n` : changed(readFileSync(path, 'utf8'), change);
      writeFileSync(path, text);
    }
    link(folder);
    writeFileSync(join(folder, 'tools/derived.spec.ts'), writesDerived);
    expect(failuresOf(await run('tools/derived.spec.ts'), 'tools/derived.spec.ts')).toEqual([]);
    report = await run(...new Set(pages.flatMap(({ specs }) => specs)));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(pages.map((page) => [page.name, page] as const))('%s shows an example that works', (_, page) => {
    expect(page.changes.length, 'changes').toBeGreaterThan(0);
    expect(page.specs.length, 'tests').toBeGreaterThan(0);
    expect(page.named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
    expect(page.specs.flatMap((spec) => failuresOf(report, spec))).toEqual([]);
  });

  it('has a consumer of Kafka that prints each event once, and stops at a version that it does not know', async () => {
    const event: AnyEvent = {
      id: 'an id',
      source: '/assay/recommendation',
      subject: 'a key',
      time: '2026-11-24T09:15:02.345Z',
      topic: 'recommendation.changed',
      data: definitionOf('recommendation.changed')!.examples[2 as 1]!,
    };
    const record = encode(event);
    const newer = { ...record, headers: { ...record.headers, ce_type: 'assay.recommendation.changed.v9', ce_id: '9' } };
    const fence = encodeFence({ id: 'a fence', source: '/assay/recommendation', time: event.time, sequence: '1.0' });
    const away = join(folder, 'kafka');
    mkdirSync(join(away, 'node_modules/kafkajs'), { recursive: true });
    writeFileSync(join(away, 'node_modules/kafkajs/index.js'), kafkaOf([fence, record, record, newer, record]));
    cpSync(join(folder, 'consumer.mjs'), join(away, 'consumer.mjs'));
    const ended = promisify(execFile)(process.execPath, ['consumer.mjs'], { cwd: away });
    await expect(ended).rejects.toMatchObject({
      stdout: `team/hello@${(event.data as { digest: string }).digest} unhealthy\n`,
      stderr: expect.stringContaining('this program does not know assay.recommendation.changed.v9'),
    });
  });

  it('is refused if its example rests on a line that is gone', () => {
    const page: Change = { path: 'a.ts', kind: 'change', lines: [' const gone = 1;', '+const more = 2;'] };
    expect(() => changed('const here = 1;\n', page)).toThrow('a.ts has these lines 0 times, not once');
    expect(changed('const gone = 1;\n', page)).toBe('const gone = 1;\nconst more = 2;\n');
  });
});
