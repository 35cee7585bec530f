import { at, present } from '@assay/events';
import { ArmError, type ErrorEnvelope } from '@assay/arm';
import {
  epochTicks,
  KustoError,
  KustoTranslator,
  shown,
  type Facet,
  type FacetFault,
  type FacetTranslation,
  type KustoType,
  type Statement,
  type Translation,
} from '@assay/kusto';
import type { DuckDBValue } from '@duckdb/node-api';
import type { AssessmentSettings } from '../assessments/settings.ts';
import { allShapes } from '@assay/read-model/placement/azure';
import type { QueryRequest, Copy } from '@assay/read-model/store/copies';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { haltedDigests } from '@assay/read-model/placement/halted-digests';
import type { View } from '@assay/read-model/view/view';
import { catalogue } from './catalogue.ts';
import { failed, invalidQuery } from './failure.ts';
import { haltedParameter } from './members.ts';
import { ofFound, withoutUnused } from './findings.ts';
import { KnownRegexes } from './known-regexes.ts';
import { MadeRows } from './made-rows.ts';
import { madeRows } from './rows.ts';
import { registriesIn, registriesOf, type GraphScope } from './scope.ts';
import type { GraphSettings } from './settings.ts';

export interface GraphQuery {
  readonly query: string;
  /** The part of the read model that the query may see. */
  readonly scope: (query: RunQuery) => Promise<GraphScope>;
  readonly top: number;
  readonly skip: number;
  /** The sort values of the last row of the previous page. */
  readonly after?: readonly (string | null)[] | undefined;
  readonly facets: readonly Facet[];
  /** Callers take turns. */
  readonly caller?: string;
  /** Places in the log that the copy must hold. */
  readonly from?: NonNullable<QueryRequest['from']>;
  /** Aborts when the client is gone. */
  readonly closed?: AbortSignal;
}

export interface GraphColumn {
  readonly name: string;
  readonly type: KustoType;
}

export interface GraphRows {
  readonly columns: readonly GraphColumn[];
  readonly rows: readonly (readonly unknown[])[];
  readonly total: number;
}

export type FacetAnswer = { readonly expression: string } & (GraphRows | { readonly errors: readonly FacetFault[] });

export interface GraphAnswer extends GraphRows {
  /** The sort values of the last row, if more rows may follow. */
  readonly last: readonly (string | null)[] | undefined;
  /** Whether there are rows after the last row. */
  readonly hasMore: boolean;
  readonly isCut: boolean;
  readonly facets: readonly FacetAnswer[];
  /** The copy that it was read from. */
  readonly copy: Copy;
}

type Raw = Record<string, unknown>;
type Run = (statement: Statement) => Promise<Raw[]>;

/** Answers queries over copies of the view, each within its limits. */
export class Graph {
  readonly #translator: KustoTranslator;
  /** Whether the translator ends with this. */
  readonly #isOwn: boolean;
  readonly #made = new MadeRows();
  readonly #regexes = new KnownRegexes();

  constructor(
    private readonly view: View,
    private readonly shown: AssessmentSettings,
    private readonly settings: GraphSettings,
    translator?: KustoTranslator,
  ) {
    this.#isOwn = translator === undefined;
    this.#translator = translator ?? new KustoTranslator(catalogue);
  }

  async ask(request: GraphQuery): Promise<GraphAnswer> {
    const { limitMs, mostBytes } = this.settings;
    const { query: text, top, skip, after, facets, caller = '', from = [], closed } = request;
    try {
      // One row more than requested shows whether there is a next page.
      const translation = await this.#translator.translate(text, {
        now: this.#now(),
        page: { limit: top + 1, offset: skip, after, mostBytes },
        facets,
      });
      return await this.view.queries.read({ caller, limitMs, from, closed }, async (query, copy) => ({
        ...(await this.#answer(query, request, translation)),
        copy,
      }));
    } catch (error) {
      if (error instanceof KustoError) throw invalidQuery(error);
      throw failed(error);
    }
  }

  #now(): bigint {
    return BigInt(this.view.now()) * 10_000n + epochTicks;
  }

  async #answer(
    query: RunQuery,
    { scope: scopeOf, top, skip, after }: GraphQuery,
    translation: Translation,
  ): Promise<Omit<GraphAnswer, 'copy'>> {
    const scope = await scopeOf(query);
    await this.#regexes.check(query, translation);
    const run = this.#runner(query, scope, translation.parts);
    const { columns, keys, isCut } = translation;
    const found = await run(await this.#narrowed(run, translation));
    // A first page with all rows also gives their number.
    const isWhole = found.length <= top && skip === 0 && after === undefined;
    const total = isWhole ? found.length : Number(found[0]?.total ?? at(await run(translation.count), 0).n);
    const rows = found.slice(0, top);
    const last = rows.at(-1);
    return {
      columns,
      rows: rows.map((row) => columns.map(({ type }, index) => shown(row[`o${index + 1}`], type))),
      total,
      hasMore: found.length > top,
      isCut,
      last: last && Array.from({ length: keys }, (_, index) => last[`k${index + 1}`] as string | null),
      facets: await this.#facets(query, run, translation.facets),
    };
  }

  /** First selects rows by narrow columns, then reads them whole. */
  async #narrowed(run: Run, { rows, lookups }: Translation): Promise<Statement> {
    if (!lookups) return rows;
    const found = await run(lookups);
    return {
      sql: ofFound(
        rows.sql,
        found.flatMap(({ lookup }) => (typeof lookup === 'string' ? [lookup] : [])),
      ),
      parameters: { ...rows.parameters, skipped: BigInt(found.filter(({ skipped }) => skipped === true).length) },
    };
  }

  async #facets(query: RunQuery, run: Run, facets: readonly FacetTranslation[]): Promise<FacetAnswer[]> {
    const answers: FacetAnswer[] = [];
    for (const facet of facets) answers.push('errors' in facet ? facet : await this.#facet(query, run, facet));
    return answers;
  }

  /** A facet that cannot be counted fails alone. */
  async #facet(
    query: RunQuery,
    run: Run,
    { expression, columns, count, rows }: Exclude<FacetTranslation, { errors: readonly FacetFault[] }>,
  ): Promise<FacetAnswer> {
    try {
      const [counted] = await run(count);
      return {
        expression,
        columns,
        rows: (await run(rows)).map((row) => columns.map(({ type }, index) => shown(row[`o${index + 1}`], type))),
        total: Number(present(counted, 'count of the facet').n),
      };
    } catch (error) {
      const why = failed(error);
      if (!(why instanceof ArmError) || why.getStatus() !== 400) throw error;
      // The failed statement ended the snapshot.
      await query('rollback');
      await query('begin transaction read only');
      const { details } = (why.getResponse() as ErrorEnvelope).error;
      return { expression, errors: details.slice(-1).map(({ code, message }) => ({ code, message })) };
    }
  }

  /**
   * Runs statements with their inputs besides their own parameters: the scope, and the rows of the made parts that they
   * use.
   */
  #runner(query: RunQuery, scope: GraphScope, parts: readonly string[]): Run {
    const staleBefore = this.view.staleBefore();
    const making = { query, scope, settings: this.shown, staleBefore };
    return async ({ sql: whole, parameters }) => {
      const sql = withoutUnused(whole);
      const values: Record<string, DuckDBValue> = { ...parameters };
      const isUsed = (name: string): boolean => new RegExp(`\\$${name}\\b`).test(sql);
      if (isUsed(haltedParameter)) values[haltedParameter] = JSON.stringify(await haltedDigests(query));
      if (isUsed('now')) values.now = BigInt(this.view.now());
      if (isUsed('staleBefore')) values.staleBefore = BigInt(staleBefore);
      for (const shape of allShapes) {
        const name = registriesOf(shape);
        if (isUsed(name))
          values[name] = JSON.stringify(await registriesIn(query, scope, shape, (id) => this.shown.shapesOf(id)));
      }
      for (const { part, parameter, make } of Object.values(madeRows)) {
        if (parts.includes(part.name) && isUsed(parameter))
          values[parameter] = await this.#made.rows(parameter, making, make);
      }
      return query<Raw>(sql, values);
    };
  }

  async close(): Promise<void> {
    if (this.#isOwn) await this.#translator.close();
  }
}
