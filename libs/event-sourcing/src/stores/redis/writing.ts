import type { NewRecord } from '@assay/messaging';
import { compressed, decompressed } from '../compression.ts';
import type { Changes, Parked, StoredState } from '../store.ts';
import type { RedisArg } from './client.ts';
import { checkpointFields } from './head.ts';
import { parts, type RedisKeyPart } from './keys.ts';

/** No JSON begins with it. The scripts read it, too. */
const zstdMark = 'z';
const [space, mark] = [' '.charCodeAt(0), zstdMark.charCodeAt(0)];

/**
 * A state as stored in the hash: when to evaluate it again, a space, its JSON. A compressed state has instead of its
 * JSON a mark, its length as text, a space and its bytes.
 */
const stateField = ({ key, state, wakeAt }: StoredState): RedisArg => {
  const small = compressed(key, state);
  return small
    ? Buffer.concat([Buffer.from(`${wakeAt ?? ''} ${zstdMark}${small.length} `), small.bytes])
    : `${wakeAt ?? ''} ${state}`;
};

export const stateOf = (key: string, field: Buffer): StoredState => {
  const end = field.indexOf(space);
  const rest = field.subarray(end + 1);
  const state = rest[0] === mark ? unpacked(key, rest) : rest.toString();
  return { key, state, ...(end > 0 ? { wakeAt: Number(field.toString('latin1', 0, end)) } : {}) };
};

const unpacked = (key: string, packed: Buffer): string => {
  const end = packed.indexOf(space);
  return decompressed(key, { bytes: packed.subarray(end + 1), length: Number(packed.toString('latin1', 1, end)) });
};

/** The key comes last, as a claim reads it from there. */
const parkedField = ({ topic, offset, key }: Pick<Parked, 'topic' | 'offset' | 'key'>): string =>
  `${topic}\0${offset}\0${key}`;

/**
 * The position comes first, as two records may be equal. Then all but the value. The value has a line of its own, so
 * that it is not escaped a second time.
 */
const outboxRow = (position: number, { value, ...rest }: NewRecord): string =>
  `${position} ${JSON.stringify(rest)}\n${value}`;

/** The record in an outbox row. */
export const recordIn = (row: string): NewRecord => {
  const end = row.indexOf('\n');
  return {
    ...(JSON.parse(row.slice(row.indexOf(' ') + 1, end)) as Omit<NewRecord, 'value'>),
    value: row.slice(end + 1),
  };
};

type Args = RedisArg[];
/** A command, the part that it changes, the arguments of all its rows, and the number of arguments per row. */
type Command = readonly [name: string, part: RedisKeyPart, args: Args, argsPerRow: number];

/** A script can pass some thousands of arguments to a command at most. */
const rowsAtOnce = 1000;

/** Appends the commands with their rows, each in as many pieces as needed, after their number. */
const addCommands = (to: Args, commands: readonly Command[]): void => {
  const numberAt = to.push(0) - 1;
  let pieces = 0;
  for (const [name, part, args, argsPerRow] of commands) {
    for (let from = 0; from < args.length; from += rowsAtOnce * argsPerRow) {
      const until = Math.min(args.length, from + rowsAtOnce * argsPerRow);
      to.push(name, parts.indexOf(part) + 1, until - from);
      for (const arg of args.slice(from, until)) to.push(arg);
      pieces += 1;
    }
  }
  to[numberAt] = pieces;
};

const addRows = (to: Args, rows: readonly Args[]): void => {
  to.push(rows.length);
  for (const row of rows) to.push(...row);
};

/** The arguments of `transact`, as its script reads them. The outbox rows come after `position`. */
export const transactArgs = (
  { checkpoint, states, trim, outbox, park, unpark = [], jobs }: Changes,
  position: number,
): Args => {
  const [held, keys, awake, asleep, emitted]: [Args, Args, Args, Args, Args] = [[], [], [], [], []];
  const [summed, unsummed]: [Args, Args] = [[], []];
  for (const stored of states) {
    const { key, wakeAt, summary } = stored;
    held.push(key, stateField(stored));
    keys.push(0, key);
    if (summary === undefined) unsummed.push(key);
    else summed.push(key, summary);
    if (wakeAt === undefined) asleep.push(key);
    else awake.push(wakeAt, key);
  }
  for (const [index, record] of outbox.entries())
    emitted.push(position + index + 1, outboxRow(position + index + 1, record));
  const args: Args = [];
  addCommands(args, [
    ['HSET', 'head', [...checkpointFields(checkpoint).flat(), 'position', position + outbox.length], 2],
    ['HSET', 'states', held, 2],
    ['HSET', 'summaries', summed, 2],
    ['HDEL', 'summaries', unsummed, 1],
    ['ZADD', 'keys', keys, 2],
    ['ZADD', 'wakes', awake, 2],
    ['ZREM', 'wakes', asleep, 1],
    ['ZREMRANGEBYSCORE', 'outbox', trim === undefined ? [] : ['-inf', trim], 2],
    ['ZADD', 'outbox', emitted, 2],
    ['HDEL', 'parked', unpark.map(parkedField), 1],
    ['HSET', 'parked', park.flatMap((event) => [parkedField(event), JSON.stringify(event)]), 2],
  ]);
  addRows(
    args,
    jobs.put.map(({ key, id, lane, payload, enqueuedAt }) => [key, id, lane, JSON.stringify(payload), enqueuedAt]),
  );
  addRows(
    args,
    jobs.remove.map(({ key, id }) => [key, id]),
  );
  return args;
};
