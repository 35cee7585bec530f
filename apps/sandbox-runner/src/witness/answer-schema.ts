import { Ajv, type ValidateFunction } from 'ajv';
import { databaseKinds, languageKinds, type WitnessLine } from './program/answer.ts';

/** The line with the answer for the image. */
export type ImageLine = Extract<WitnessLine, { readonly image: unknown }>;
/** A line with the summary of one layer, which only the witness reads again. */
export type LayerLine = Extract<WitnessLine, { readonly layer: string }>;

const text = { type: 'string', maxLength: 4096 } as const;
const number = { type: 'integer', minimum: 0 } as const;
const packages = { type: 'array', items: { type: 'array', items: text, minItems: 2, maxItems: 2 } } as const;

const objectOf = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  additionalProperties: false,
  properties: { ...required, ...optional },
});
const listOf = (items: object) => ({ type: 'array', items });

const database = objectOf({ kind: { enum: databaseKinds }, path: text }, { leadsTo: text, packages });

const ajv = new Ajv({ strict: false });

/** True for an answer in its exact form: a program that was taken over is no witness. */
export const isImageLine: ValidateFunction<ImageLine> = ajv.compile<ImageLine>(
  objectOf({
    image: objectOf({
      databases: listOf(database),
      others: listOf(database),
      systems: listOf(objectOf({ source: text, system: text, version: text })),
      languages: listOf(objectOf({ language: text, manifests: number })),
      manifests: listOf(
        objectOf({ path: text, language: { enum: languageKinds }, packages }, { leadsTo: text, unread: text }),
      ),
      unread: listOf(objectOf({ path: text, reason: text })),
      notes: listOf(objectOf({ path: text, reason: text })),
      entries: number,
    }),
    diffIds: listOf(text),
  }),
);

export const isLayerLine: ValidateFunction<LayerLine> = ajv.compile<LayerLine>(
  objectOf({ layer: text, summary: { type: 'object', required: ['diffId', 'entries', 'kept', 'files'] } }),
);
