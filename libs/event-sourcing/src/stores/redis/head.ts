import { at } from '@assay/events';
import type { Wait } from '@assay/messaging';
import { beforeAll } from '../../processor/sequence.ts';
import type { Marks } from '../../marks/partition-mark.ts';
import type { Standstill } from '../../checkpoint/standstill.ts';
import type { Changes, PartitionCheckpoint } from '../store.ts';

/** Splits a flat reply into pairs of name and value. */
export const pairs = <Part>(flat: readonly Part[]): [Part, Part][] =>
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

const marksIn = (fields: Readonly<Record<string, string>>): Pick<PartitionCheckpoint, 'marks'> => {
  const marks = under(fields, 'marked').map(([kind, text]) => [kind, JSON.parse(text) as unknown] as const);
  return marks.length === 0 ? {} : { marks: Object.fromEntries(marks) as Marks };
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
  ...marksIn(fields),
  ...(fields.failing ? { failing: JSON.parse(fields.failing) as string[] } : {}),
  ...(fields.behindMark ? { behindMark: JSON.parse(fields.behindMark) as string[] } : {}),
  ...(fields.dropped ? { dropped: JSON.parse(fields.dropped) as string[] } : {}),
  ...(fields.awaitsMark === undefined ? {} : { awaitsMark: fields.awaitsMark === 'true' }),
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
    marks = {},
    failing,
    behindMark,
    dropped,
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
    ...Object.entries(marks).map(([kind, mark]): [string, string] => [`marked:${kind}`, JSON.stringify(mark)]),
    ...Object.entries({ failing, behindMark, dropped }).flatMap(([name, keys]): [string, string][] =>
      keys === undefined ? [] : [[name, JSON.stringify(keys)]],
    ),
    ...('standstill' in change
      ? [['standstill', standstill ? JSON.stringify(standstill) : ''] satisfies [string, string]]
      : []),
  ];
};
