import { Controller, Get, Inject, Optional } from '@nestjs/common';
import { Described, NeedsSomewhere } from '@assay/http';
import { vocabularyOf, type Vocabulary } from '@assay/kusto';
import { allShapes } from '@assay/read-model/placement/azure';
import { AssessmentSettings } from '../assessments/settings.ts';
import { catalogue } from './catalogue.ts';
import { findingsName } from './findings.ts';
import { described } from './query-language.openapi.ts';

/** The words that a query of Resource Graph may consist of here, for editors that complete them. */
@Controller('assay/query-language')
export class QueryLanguageController {
  readonly #vocabulary: Vocabulary;

  constructor(@Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings) {
    const shown = (settings ?? new AssessmentSettings()).shown.map(({ shape }) => shape);
    // A shape that no subscription has gives no rows, so its members would never have a value.
    const unused = allShapes.filter((shape) => !shown.includes(shape)).map(findingsName);
    this.#vocabulary = vocabularyOf({
      ...catalogue,
      tables: catalogue.tables.map((table) => ({
        ...table,
        parts: table.parts.filter(({ name }) => !unused.includes(name)),
      })),
    });
  }

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described)
  language(): Vocabulary {
    return this.#vocabulary;
  }
}
