import type { KustoType } from '@assay/kusto';

export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'object';

const columnTypes: Readonly<Record<KustoType, ColumnType>> = {
  string: 'string',
  int: 'integer',
  long: 'integer',
  real: 'number',
  decimal: 'number',
  bool: 'boolean',
  datetime: 'string',
  timespan: 'string',
  guid: 'string',
  dynamic: 'object',
};

export const columnTypeOf = (type: KustoType): ColumnType => columnTypes[type];
