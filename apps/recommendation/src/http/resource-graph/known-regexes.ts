import { KustoError, type Translation } from '@assay/kusto';
import type { RunQuery } from '@assay/read-model/store/duckdb';

const mostKept = 1_000;

/** Only RE2 knows which expressions it accepts, so each is tried once. */
export class KnownRegexes {
  readonly #taken = new Set<string>();

  /** @throws KustoError `InvalidRegex`, with the position in the query */
  async check(query: RunQuery, { regexes }: Pick<Translation, 'regexes'>): Promise<void> {
    for (const { pattern, group, position } of regexes) {
      const key = `${group} ${pattern}`;
      if (this.#taken.has(key)) continue;
      try {
        await query(`select regexp_matches('x', $pattern), regexp_extract('x', $pattern, ${group})`, { pattern });
      } catch (error) {
        throw new KustoError(
          'InvalidRegex',
          `The regular expression is invalid: ${(error as Error).message.replace(/^Invalid Input Error: /, '')}.`,
          position,
        );
      }
      if (this.#taken.size >= mostKept) this.#taken.clear();
      this.#taken.add(key);
    }
  }
}
