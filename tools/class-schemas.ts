import { createRequire } from 'node:module';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';

const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: never;
};

export type JsonSchema = Record<string, unknown>;

/** A JSON Schema of each class whose checks are loaded, by its name. */
export const classSchemas = (refPointerPrefix: string): Record<string, JsonSchema> =>
  validationMetadatasToSchemas({ classTransformerMetadataStorage: defaultMetadataStorage, refPointerPrefix }) as Record<
    string,
    JsonSchema
  >;
