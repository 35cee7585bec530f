export type * from './catalogue.ts';
export { KustoError, type ErrorPosition, type KustoErrorCode } from './errors.ts';
export type { Facet, FacetFault, FacetTranslation } from './facets.ts';
export { shown } from './output.ts';
export type { ResultPage, Statement } from './page.ts';
export type { TranslateOptions, Translation } from './translate.ts';
export { KustoTranslator, type TranslatorOptions } from './translator.ts';
export { epochTicks } from './value.ts';
export { vocabularyOf, type KnownColumn, type KnownTable, type Vocabulary } from './vocabulary.ts';
