import { createRequire } from 'node:module';
import type { Table } from '../src/catalogue.ts';

interface Schema {
  readonly Columns: {
    readonly Count: number;
    getItem(index: number): { readonly Name: string; readonly Type: { readonly Name: string } };
  };
}
interface Language {
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: unknown): { readonly ResultType: Schema | null } };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: unknown[]) => unknown };
  };
}

/**
 * The names and types of a query's columns by the vendor's own analysis, for comparison. It takes several times as long
 * as parsing the query.
 */
export const analyser = (tables: readonly Table[]) => {
  const require = createRequire(import.meta.url);
  require('@kusto/language-service-next/bridge.min.js');
  require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  const { KustoCode, GlobalState, Symbols } = (
    globalThis as unknown as { readonly Kusto: { readonly Language: Language } }
  ).Kusto.Language;
  const symbols = tables.flatMap(({ name, columns }) =>
    [name].map((one) =>
      Symbols.TableSymbol.From(`(${columns.map((column) => `${column.name}: ${column.type}`).join(', ')})`).WithName(
        one,
      ),
    ),
  );
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('database', symbols));
  return (query: string): readonly string[] => {
    const columns = KustoCode.ParseAndAnalyze(query, globals).ResultType?.Columns;
    return Array.from({ length: columns?.Count ?? 0 }, (_, index) => {
      const {
        Name: name,
        Type: { Name: type },
      } = columns!.getItem(index);
      return `${name}: ${type}`;
    });
  };
};
