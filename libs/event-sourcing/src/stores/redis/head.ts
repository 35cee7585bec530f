import { at } from '@assay/events';
import type { Wait } from '@assay/messaging';
import { beforeAll } from '../../processor/sequence.ts';
import type { Standstill } from '../../checkpoint/standstill.ts';
import type { Changes, PartitionCheckpoint } from '../store.ts';

/** Splits a flat reply into pairs of name and value. */
export const pairs = (flat: readonly string[]): [string, string][] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [at(flat, 2 * index), at(flat, 2 * index + 1)]);

const under = (fields: Readonly<Record<string, string>>, kind: string): [string, string][] =>
  Object.entries(fields)
    .filter(([name]) => name.startsWith(`${kind}:`))
    .map(([name, value]) => [name.slice(kind.length + 1), value]);

const numbersUnder = (fields: Readonly<Record<string, string>>, kind: string): Record<string, number> =>
  Object.fromEntries(under(fields, kind).map(([name, value]) => [name, Number(value)]));

const waitsIn = (fields: Readonly<Record<string, string>>): Pick<PartitionCheckpoint, 'waits'> => {
  const waits = under(fields, 'wait').map(([topic, text]) => [topic, JSON.parse(text) as Wait] as const);
  return waits.length === 0 ? {} : { waits: Object.fromEntries(waits) };
};

export const checkpointOf = (fields: Readonly<Record<string, string>>): PartitionCheckpoint => ({
  epoch: Number(fields.epoch),
  offsets: numbersUnder(fields, 'offset'),
  read: Object.fromEntries(under(fields, 'read')),
  lastSequences: Object.fromEntries(under(fields, 'mark')),
  lastEmitted: fields.lastEmitted ?? beforeAll,
  configEvaluated: numbersUnder(fields, 'configEvaluated'),
  configUsed: numbersUnder(fields, 'configUsed'),
  restored: fields.restored === 'true',
  evaluated: fields.evaluated === 'true',
  ...(fields.stateVersion === undefined ? {} : { stateVersion: Number(fields.stateVersion) }),
  ...(fields.lapsesAt === undefined ? {} : { lapsesAt: Number(fields.lapsesAt) }),
  ...(fields.standstill ? { standstill: JSON.parse(fields.standstill) as Standstill } : {}),
  ...waitsIn(fields),
});

/** The fields of the checkpoint that a change writes. Other fields stay. A standstill that ended is an empty field. */
export const checkpointFields = (change: Changes['checkpoint']): [string, string][] => {
  const {
    offsets = {},
    read = {},
    lastSequences = {},
    configEvaluated = {},
    configUsed = {},
    waits = {},
    standstill,
    ...plain
  } = change;
  return [
    ...Object.entries(plain)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)]),
    ...Object.entries({ offset: offsets, read, mark: lastSequences, configEvaluated, configUsed }).flatMap(
      ([kind, values]) =>
        Object.entries(values).map(([name, value]): [string, string] => [`${kind}:${name}`, String(value)]),
    ),
    ...Object.entries(waits).map(([topic, wait]): [string, string] => [`wait:${topic}`, JSON.stringify(wait)]),
    ...('standstill' in change
      ? [['standstill', standstill ? JSON.stringify(standstill) : ''] satisfies [string, string]]
      : []),
  ];
};
