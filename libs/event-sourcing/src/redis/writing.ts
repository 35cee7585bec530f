import type { Changes, Parked, StoredState } from '../store.ts';
import { headFields } from './head.ts';

/** A state as it lies in the hash: when it wants to be asked, a space, its JSON. */
export const stateOf = (key: string, text: string): StoredState => {
  const end = text.indexOf(' ');
  return { key, state: text.slice(end + 1), ...(end > 0 ? { wakeAt: Number(text.slice(0, end)) } : {}) };
};

/** The key comes last: it is what a claim reads from it. */
const parkedField = ({ topic, offset, key }: Pick<Parked, 'topic' | 'offset' | 'key'>): string => `${topic}\0${offset}\0${key}`;

type Words = (string | number)[];

const listed = (rows: readonly Words[]): Words => [rows.length, ...rows.flat()];

/** What `transact` writes, as its script reads it. */
export const wordsOf = ({ head, states, trim, outbox, park, unpark = [], jobs }: Changes): Words => [
  ...listed(headFields(head)),
  ...listed(states.map(({ key, state, wakeAt }) => [key, state, wakeAt ?? ''])),
  trim ?? '',
  ...listed(outbox.map((record) => [JSON.stringify(record)])),
  ...listed(unpark.map((event) => [parkedField(event)])),
  ...listed(park.map((event) => [parkedField(event), JSON.stringify(event)])),
  ...listed(jobs.put.map(({ key, id, lane, payload, enqueuedAt }) => [key, id, lane, JSON.stringify(payload), enqueuedAt])),
  ...listed(jobs.remove.map(({ key, id }) => [key, id])),
];
