// Writes the types of the API that the portal uses, from docs/openapi.json. `npm run docs` runs it, and a test runs
// it with `--check`, which writes nothing and exits 1 for a drift.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';

const document = join(import.meta.dirname, '../../docs/openapi.json');

const typesFile = join(import.meta.dirname, 'src/api/generated/schema.ts');

/** The part of the API that the portal asks. */
const isAsked = (path) => path.startsWith('/assay/') || path === '/providers/Microsoft.ResourceGraph/resources';

/** The types as they should be. */
const types = async () => {
  const whole = JSON.parse(readFileSync(document, 'utf8'));
  const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => isAsked(path)));
  const ast = await openapiTypescript({ ...whole, paths }, { alphabetize: true });
  return `// Written by npm run docs from docs/openapi.json.\n${astToString(ast)}`;
};

if (process.argv.includes('--check')) {
  if ((await types()) !== readFileSync(typesFile, 'utf8')) process.exitCode = 1;
} else {
  mkdirSync(dirname(typesFile), { recursive: true });
  writeFileSync(typesFile, await types());
}
