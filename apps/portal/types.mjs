// Writes the types of the API that the portal uses, from docs/openapi.json. `npm run docs` runs it; a test finds a drift.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';

const document = join(import.meta.dirname, '../../docs/openapi.json');

/** The file that the types are in. */
export const typesFile = join(import.meta.dirname, 'src/api/generated/schema.ts');

/** The part of the API that the portal asks. */
const isAsked = (path) => path.startsWith('/assay/') || path === '/providers/Microsoft.ResourceGraph/resources';

/** The types as they should be. */
export const types = async () => {
  const whole = JSON.parse(readFileSync(document, 'utf8'));
  const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => isAsked(path)));
  const ast = await openapiTypescript({ ...whole, paths }, { alphabetize: true });
  return `// Written by npm run docs from docs/openapi.json.\n${astToString(ast)}`;
};

if (process.argv[1] === import.meta.filename) {
  await mkdir(dirname(typesFile), { recursive: true });
  writeFileSync(typesFile, await types());
}
