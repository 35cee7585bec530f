import { configTopics } from '@assay/events';
import type { EventLog, LogRecord } from '@assay/messaging';
import type { SealingCalls } from '../services/composing.ts';
import { changed } from './wrapped.ts';

/** Mistakes with the seals of the log. Each process has its own ports. */

/** One that seals looks at one topic after the other. */
const topicBefore = configTopics[configTopics.indexOf('log.sealed') - 1];

/** Changes the seals that a process knows, and not the records that it seals. */
const withSeals = (log: EventLog, isRead: (record: Pick<LogRecord, 'value' | 'offset'>) => boolean): EventLog => {
  let [last, isSealing] = ['', false];
  return changed(log, {
    end: (topic, partition) => {
      [last, isSealing] = [topic, last === topicBefore];
      return log.end(topic, partition);
    },
    read: async function* (topic, partition, from, until) {
      const isKnown = topic === 'log.sealed' && !isSealing;
      for await (const batch of log.read(topic, partition, from, until))
        yield isKnown ? { ...batch, records: batch.records.filter(isRead) } : batch;
    },
  });
};

const sealIn = (value: string): { readonly previous?: string } =>
  JSON.parse(Buffer.from((JSON.parse(value) as { payload: string }).payload, 'base64').toString()) as {
    previous?: string;
  };

export const sealsPast = ({ log }: SealingCalls): Partial<SealingCalls> => {
  const ends = new Map<string, number>();
  return {
    log: changed(log, {
      end: async (topic, partition) => {
        ends.set(`${topic}/${partition}`, await log.end(topic, partition));
        return log.end(topic, partition);
      },
      read: (topic, partition, from, until) =>
        log.read(
          topic,
          partition,
          from,
          topic === 'log.sealed' ? until : Math.min(until, ends.get(`${topic}/${partition}`) ?? until),
        ),
    }),
  };
};

export const sealsAnew = ({ log }: SealingCalls): Partial<SealingCalls> => {
  let first: number | undefined;
  const own = withSeals(log, ({ offset }) => offset >= first!);
  return {
    log: changed(own, {
      end: async (topic, partition) => {
        const end = await own.end(topic, partition);
        if (topic === 'log.sealed') first ??= end;
        return end;
      },
    }),
  };
};

export const countsItsOwn = ({ log }: SealingCalls): Partial<SealingCalls> => {
  const own = new Map<string | undefined, string>();
  return {
    log: changed(
      withSeals(log, ({ value }) => (own.get(sealIn(value).previous) ?? value) === value),
      {
        append: async (records) => {
          for (const { value } of records) own.set(sealIn(value).previous, value);
          return log.append(records);
        },
      },
    ),
  };
};

export const outsideByLog = ({ log, places }: SealingCalls): Partial<SealingCalls> => ({
  places: places.map((place) => {
    let isNew = true;
    return changed(place, {
      all: async () => {
        if (!isNew) return place.all();
        const end = await log.end('log.sealed', 0);
        const seals: Awaited<ReturnType<typeof place.all>>[number][] = [];
        for await (const { records } of log.read('log.sealed', 0, 0, end))
          seals.push(...records.map(({ value }) => JSON.parse(value) as (typeof seals)[number]));
        isNew = false;
        return seals;
      },
    });
  }),
});

export const takesNoTurn = ({ log, owned }: SealingCalls): Partial<SealingCalls> => {
  let [isOther, isOwn] = [false, false];
  return {
    owned: () => (isOther ? [] : owned()),
    log: changed(
      withSeals(log, () => {
        isOther = !isOwn;
        return true;
      }),
      {
        append: (records) => {
          isOwn = true;
          return log.append(records);
        },
      },
    ),
  };
};
