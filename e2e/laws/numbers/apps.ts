import type { AnyEvent } from '@assay/events';
import { eventually } from '@assay/testing';
import { expect } from 'vitest';
import { suite } from '../../../apps/recommendation/test/suite.ts';
import { soon } from '../../../libs/read-model/test/fixtures.ts';
import { askedNumbers, statusNumbers, type AskApi } from './asked.ts';
import { billsOf, type Bills } from './bill.ts';
import { differences } from './differences.ts';
import { closedMonth, nextMonth } from './estate.ts';
import { JudgedEstate } from './images.ts';
import { JudgedLists, type ListNumbers } from './lists.ts';
import { recordsIn } from './log.ts';
import { statusOf } from './status.ts';

/** The services of recommendation and billing on one log, beside a judge of it. */
export interface JudgedApps {
  /**
   * The numbers that differ from those of the log, for the images of one subscription or of all.
   * @param only the number that is wanted; all without it
   */
  differences(subscription?: string, mistaken?: (ask: AskApi) => AskApi, only?: string): Promise<string[]>;
  /** The same for the command line, which shows all images. */
  ofCommand(): Promise<string[]>;
  readonly ask: AskApi;
  close(): Promise<void>;
}

/** Closes a month, and gives one of its charges back on the bill of the next one. */
const closeOf = async (bills: Bills): Promise<void> => {
  await bills.ask(`/assay/periods/${closedMonth}/close`, { why: 'month end' });
  const { value } = await bills.of(closedMonth);
  const charge = value.find(
    ({ chargeId, correctionOf }) => !correctionOf && value.every((one) => one.correctionOf !== chargeId),
  );
  if (!charge) return;
  await bills.ask(`/assay/charges/${charge.chargeId}/corrections`, { amount: '-0.05', why: 'late' });
  await eventually(async () =>
    (await bills.of(nextMonth)).value.some(({ correctionOf }) => correctionOf === charge.chargeId),
  );
};

export const appsOn = async (events: readonly AnyEvent[]): Promise<JudgedApps> => {
  const assay = await suite();
  await assay.publish(...events);
  const bills = await billsOf(assay.log);
  await closeOf(bills);
  await assay.view.caughtUp();
  const estate = new JudgedEstate(await recordsIn(assay.log), soon);
  const ask: AskApi = async (url, payload) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const of = (name: string): string | undefined => searchParams.get(name) ?? undefined;
    if (pathname === '/assay/charges') return bills.of(of('period')!, of('subscription'));
    if (pathname === '/assay/periods') return bills.ask(url);
    const answer = await assay.app.inject({ method: payload ? 'POST' : 'GET', url, ...(payload ? { payload } : {}) });
    expect(answer.statusCode, `${url}: ${answer.body.slice(0, 500)}`).toBe(200);
    return of('format') === 'csv' ? answer.body : answer.json();
  };
  const judged = (subscription?: string): ListNumbers => new JudgedLists(estate, soon, subscription).all;
  /** Only the numbers that were asked for. */
  const differing = (asked: ListNumbers, all: ListNumbers): string[] =>
    differences(asked, Object.fromEntries(Object.keys(asked).map((name) => [name, all[name]])));
  return {
    ask,
    differences: async (subscription, mistaken = (right) => right, only) =>
      differing(await askedNumbers(mistaken(ask), subscription, only), judged(subscription)),
    ofCommand: async () => differing(statusNumbers((await statusOf(assay.app)) as never), judged()),
    close: async () => {
      await bills.close();
      await assay.close();
    },
  };
};
