import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { definitions } from '@assay/events';
import { temporaryFolder } from './distributed.ts';

// AsyncAPI's own generator, as a consumer runs it. It is 190 MB with its dependencies, so it is in no package.json.
const version = '5.10.1';
const root = fileURLToPath(new URL('../..', import.meta.url));
const generator = join(root, 'node_modules/.cache/assay', `modelina-${version}`);
const run = promisify(execFile);

beforeAll(async () => {
  if (existsSync(join(generator, 'ready'))) return;
  await mkdir(generator, { recursive: true });
  await writeFile(join(generator, 'package.json'), '{"type": "module"}');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  await run('npm', ['install', ...options, `@asyncapi/modelina@${version}`], { cwd: generator });
  await writeFile(
    join(generator, 'generate.mjs'),
    `import { readFileSync } from 'node:fs';
import { GO_COMMON_PRESET, GoFileGenerator, TypeScriptFileGenerator } from '@asyncapi/modelina';
const [document, into] = process.argv.slice(2);
const read = () => JSON.parse(readFileSync(document, 'utf8'));
const go = new GoFileGenerator({ presets: [{ preset: GO_COMMON_PRESET, options: { addJsonTag: true } }] });
await go.generateToFiles(read(), into + '/go', { packageName: 'main' });
const types = { rawPropertyNames: true, modelType: 'interface', enumType: 'union', mapType: 'record' };
await new TypeScriptFileGenerator(types)
  .generateToFiles(read(), into + '/ts', { exportType: 'named' });
`,
  );
  await writeFile(join(generator, 'ready'), '');
});

const exampleOf = (topic: string): object => {
  const { examples, version: newest } = definitions.find((each) => each.topic === topic)!;
  return examples[newest as 1] as object;
};

const goText = (value: object): string => `\`${JSON.stringify(value)}\``;

it('types that are generated from the AsyncAPI document compile in TypeScript and Go, and fit events', async () => {
  const folder = await temporaryFolder();
  await run('node', [join(generator, 'generate.mjs'), join(root, 'docs/asyncapi.json'), folder]);
  const charge = exampleOf('usage.charged') as { readonly chargeId: string };
  const changed = exampleOf('recommendation.changed') as { readonly digest: string };
  // Types are named by their topics, none by a number that the next field would move.
  const named = await readdir(join(folder, 'ts'));
  expect(named.filter((name) => /anonymous/i.test(name))).toEqual([]);
  expect(named).toEqual(expect.arrayContaining(['Fence.ts', 'Mark.ts', 'RecommendationChangedV2.ts']));

  const [ts, go] = [join(folder, 'ts'), join(folder, 'go')];
  await writeFile(
    join(ts, 'consumer.ts'),
    `import type { RecommendationChangedV2 } from './RecommendationChangedV2';
import type { UsageChargedV1 } from './UsageChargedV1';
export const charge: UsageChargedV1 = ${JSON.stringify(charge)};
export const changed: RecommendationChangedV2 = ${JSON.stringify(changed)};
// @ts-expect-error a number is no digest
export const wrong: RecommendationChangedV2 = { ...changed, digest: 1 };
`,
  );
  const options = ['--noEmit', '--strict', '--ignoreConfig', '--lib', 'es2022', '--module', 'preserve'];
  await run(join(root, 'node_modules/.bin/tsc'), [...options, join(ts, 'consumer.ts')]);

  await writeFile(join(go, 'go.mod'), 'module consumer\n\ngo 1.21\n');
  await writeFile(
    join(go, 'main.go'),
    `package main

import (
	"encoding/json"
	"fmt"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var charge UsageChargedV1
	var changed RecommendationChangedV2
	check(json.Unmarshal([]byte(${goText(charge)}), &charge))
	check(json.Unmarshal([]byte(${goText(changed)}), &changed))
	fmt.Println(charge.ChargeId, changed.Digest)
}
`,
  );
  const { stdout } = await run('go', ['run', '.'], { cwd: go, env: { ...process.env, GOFLAGS: '-mod=mod' } });
  expect(stdout).toBe(`${charge.chargeId} ${changed.digest}\n`);
});
