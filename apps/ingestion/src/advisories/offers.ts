import { DatabaseError } from '@assay/advisories';
import {
  databaseLimits,
  decode,
  isOf,
  type AssayEvent,
  type Consequences,
  type Database,
  type OfferedAdvisories,
} from '@assay/events';
import { sleep, systemClock, type Clock } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { consequencesIn, reasonsToHold, sumOf, type HoldLimits } from './holding.ts';
import { offer } from './records.ts';

/** A partition that is silent for so long means that the database is held, ms. */
const silentMs = 10 * 60_000;
/** The same of one who looks at a recall and waits for the answer, ms. */
const askedMs = 10_000;
const lookMs = 100;

export type Offer = AssayEvent<'advisories.offered'>;
type Log = Pick<EventLog, 'end' | 'read'>;

/** All offers, the oldest first, without questions of those who look at a recall. */
const offersIn = async (log: Log): Promise<readonly Offer[]> => {
  const topic = 'advisories.offered';
  const offers: Offer[] = [];
  for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind === 'event' && isOf(decoded.event, topic) && decoded.event.data.state !== 'asked')
        offers.push(decoded.event);
    }
  return offers;
};

/** The offer that waits, if there is one: the last one counts, and only against the database in use. */
export const openOffer = async (log: Log, inUse: string | undefined): Promise<Offer | undefined> => {
  const last = (await offersIn(log)).at(-1);
  const isOpen = last?.data.state === 'offered' || last?.data.state === 'held';
  return isOpen && last.data.before === inUse ? last : undefined;
};

/** The archives of all databases that were offered. */
export const offeredArchives = async (log: Log): Promise<ReadonlySet<string>> =>
  new Set((await offersIn(log)).map(({ data }) => data.dataref));

/** True if an archive is that of the last offer, which may wait for an order. */
export const isOffered = async (log: Log, dataref: string): Promise<boolean> => {
  const last = (await offersIn(log)).at(-1);
  return last?.data.dataref === dataref && ['offered', 'held'].includes(last.data.state);
};

/** The digests of databases that operators refused, and that were not held again since. */
export const refusedDatabases = async (log: Log): Promise<ReadonlySet<string>> => {
  const refused = new Set<string>();
  for (const { data } of await offersIn(log))
    if (data.state === 'refused') refused.add(data.database.digest);
    else refused.delete(data.database.digest);
  return refused;
};

/** The last answer of each partition. */
class Answers {
  readonly #byPartition = new Map<number, Consequences>();
  #next = 0;

  constructor(
    private readonly log: Log,
    private readonly id: string,
  ) {}

  async look(): Promise<number> {
    const topic = 'advisories.weighed';
    const end = await this.log.end(topic, 0);
    for await (const { records } of this.log.read(topic, 0, this.#next, end))
      for (const record of records) {
        const decoded = decode(topic, record);
        if (decoded.kind !== 'event' || !isOf(decoded.event, topic) || decoded.event.data.offer !== this.id) continue;
        this.#byPartition.set(decoded.event.data.partition, decoded.event.data);
      }
    this.#next = end;
    return this.#byPartition.size;
  }

  get sum(): Consequences {
    return sumOf([...this.#byPartition.values()]);
  }
}

export interface OfferPorts {
  readonly log: EventLog;
  readonly hold: HoldLimits;
  /** Answers for all partitions at once, where no runner runs. */
  readonly weigh?: ((offer: Offer) => Promise<void>) | undefined;
  /** Patience with a partition that does not answer, ms. */
  readonly silentMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** The sum of the answers, and the partitions that did not answer. */
interface Weighed {
  readonly sum: Consequences;
  readonly silent: number;
}

interface Waiting {
  readonly signal?: AbortSignal | undefined;
  readonly onAnswer?: ((answered: number, of: number) => void) | undefined;
}

/** Offers a database to the runners, adds up their answers, and holds it if they are beyond the limits. */
export class Offers {
  constructor(private readonly ports: OfferPorts) {}

  /**
   * Offers a database and waits for the answers.
   *
   * @returns undefined if it may be used; else the offer that is held, as the log has it
   */
  async offer(data: OfferedAdvisories, waiting: Waiting): Promise<Offer | undefined> {
    return this.settle(await offer(this.ports.log, data, this.ports.clock), waiting);
  }

  /** Asks the runners what a database would change, and waits for those that answer soon. */
  async ask(data: OfferedAdvisories): Promise<Weighed> {
    return this.#answered(await offer(this.ports.log, { ...data, state: 'asked' }, this.ports.clock), askedMs, {});
  }

  async #answered(open: Offer, patienceMs: number, { signal, onAnswer }: Waiting): Promise<Weighed> {
    const { log, weigh, clock = systemClock } = this.ports;
    const answers = new Answers(log, open.id);
    const until = Date.parse(open.time) + Math.min(patienceMs, this.ports.silentMs ?? silentMs);
    await weigh?.(open);
    let answered = await answers.look();
    while (answered < log.partitions && clock.now() < until) {
      onAnswer?.(answered, log.partitions);
      await sleep(clock, lookMs);
      signal?.throwIfAborted();
      answered = await answers.look();
    }
    return { sum: answers.sum, silent: log.partitions - answered };
  }

  /** Waits for the answers to an offer, also to one of a process that ended. */
  async settle(open: Offer, waiting: Waiting): Promise<Offer | undefined> {
    const { log, hold, clock } = this.ports;
    const { sum, silent } = await this.#answered(open, silentMs, waiting);
    // Another process may have settled it, by a clock of its own. Its decision counts.
    const decided = (await offersIn(log)).at(-1);
    const isSame = decided?.data.database.digest === open.data.database.digest;
    if (decided && isSame && decided.id !== open.id) return decided.data.state === 'used' ? undefined : decided;
    const reasons = [
      ...reasonsToHold(sum, hold),
      ...(silent > 0 ? [`${silent} of ${log.partitions} partitions of the runners did not answer`] : []),
    ];
    if (reasons.length === 0) {
      await offer(log, { ...open.data, state: 'used', reasons: [], consequences: sum }, clock);
      return undefined;
    }
    return offer(log, { ...open.data, state: 'held', reasons: [...reasons], consequences: sum }, clock);
  }
}

/** The line and the steps about a held database. */
export const heldError = ({ data }: Offer, inUse: Database): DatabaseError => {
  const { database, reasons, consequences } = data;
  const closes = new Date(Date.parse(inUse.builtAt) + databaseLimits(inUse).staleMs).toISOString().slice(0, 10);
  return new DatabaseError(
    'database-held',
    `the database of ${database.builtAt} (${database.digest}) is held: ${reasons.join('; ')}` +
      (consequences ? `. It ${consequencesIn(consequences)}` : ''),
    '`assay database release` or `assay database refuse`, or wait for the next one; the database in use stays, and ' +
      `gates close for its age on ${closes}`,
  );
};
