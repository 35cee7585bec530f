import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

/**
 * The schema of OASIS, as shipped by SARIF's own tools. It declares draft 4, which here differs only in the name of
 * `id`. One of its patterns is invalid under the rules for Unicode.
 */
const {
  $schema: _,
  id: __,
  ...sarifSchema
} = JSON.parse(
  readFileSync(
    new URL('../../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json', import.meta.url),
    'utf8',
  ),
) as Record<string, unknown>;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const isSarif = ajv.compile(sarifSchema);

/** Errors by the official schema; null if there are none. */
export const wrongInSarif = (document: unknown): unknown => (isSarif(document) ? null : isSarif.errors);

export const wrongInCycloneDx = (document: unknown): Promise<unknown> =>
  new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(document));
