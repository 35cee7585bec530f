import type { NewRecord } from '@assay/messaging';
import type { Changes, Parked, StoredState } from '../store.ts';
import { headFields } from './head.ts';
import { parts, type Part } from './keys.ts';

/** A state as it lies in the hash: when it wants to be asked, a space, its JSON. */
export const stateOf = (key: string, text: string): StoredState => {
  const end = text.indexOf(' ');
  return { key, state: text.slice(end + 1), ...(end > 0 ? { wakeAt: Number(text.slice(0, end)) } : {}) };
};

/** The key comes last: it is what a claim reads from it. */
const parkedField = ({ topic, offset, key }: Pick<Parked, 'topic' | 'offset' | 'key'>): string => `${topic}\0${offset}\0${key}`;

/** Its position, for two records may be the same; all but its value; and on a line of its own the value, which needs no second wrapping. */
const outboxRow = (position: number, { value, ...rest }: NewRecord): string => `${position} ${JSON.stringify(rest)}\n${value}`;

/** The record in an outbox row. */
export const recordIn = (row: string): NewRecord => {
  const end = row.indexOf('\n');
  return { ...JSON.parse(row.slice(row.indexOf(' ') + 1, end)) as Omit<NewRecord, 'value'>, value: row.slice(end + 1) };
};

type Words = (string | number)[];
type Command = readonly [name: string, part: Part, rows: readonly Words[]];

/** A script hands a command at most some thousands of words. */
const rowsAtOnce = 1000;

/** A command with its rows, in as many pieces as it takes. */
const pieces = ([name, part, rows]: Command): Words[] =>
  Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, at) => rows.slice(at * rowsAtOnce, (at + 1) * rowsAtOnce).flat()).map((words) => [name, parts.indexOf(part) + 1, words.length, ...words]);

const listed = (rows: readonly Words[]): Words => [rows.length, ...rows.flat()];

/** What `transact` writes, as its script reads it; the outbox rows stand behind `position`. */
export const wordsOf = ({ head, states, trim, outbox, park, unpark = [], jobs }: Changes, position: number): Words => {
  const commands: Command[] = [
    ['HSET', 'head', [...headFields(head), ['position', position + outbox.length]]],
    ['HSET', 'states', states.map(({ key, state, wakeAt }) => [key, `${wakeAt ?? ''} ${state}`])],
    ['ZADD', 'keys', states.map(({ key }) => [0, key])],
    ['ZADD', 'wakes', states.flatMap(({ key, wakeAt }) => (wakeAt === undefined ? [] : [[wakeAt, key]]))],
    ['ZREM', 'wakes', states.flatMap(({ key, wakeAt }) => (wakeAt === undefined ? [[key]] : []))],
    ['ZREMRANGEBYSCORE', 'outbox', trim === undefined ? [] : [['-inf', trim]]],
    ['ZADD', 'outbox', outbox.map((record, index) => [position + index + 1, outboxRow(position + index + 1, record)])],
    ['HDEL', 'parked', unpark.map((event) => [parkedField(event)])],
    ['HSET', 'parked', park.map((event) => [parkedField(event), JSON.stringify(event)])],
  ];
  return [
    ...listed(commands.flatMap(pieces)),
    ...listed(jobs.put.map(({ key, id, lane, payload, enqueuedAt }) => [key, id, lane, JSON.stringify(payload), enqueuedAt])),
    ...listed(jobs.remove.map(({ key, id }) => [key, id])),
  ];
};
