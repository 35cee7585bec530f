import {
  applied,
  canonical,
  causeOf,
  isSameSum,
  judgedOf,
  placementKey,
  scanSummaryOf,
  setSum,
  type AssayEvent,
  type EventFor,
  type Finding,
} from '@assay/events';
import { keptAfter } from './kept.ts';
import type { AnswerHead, PendingResult, Received, ReceivedPlacement, ScanAnswer, StandingSet } from './state.ts';

type ResultEvent = EventFor<'classifier'>;

/**
 * Folds a page of a result. The set before it stands until all pages are there. If it rests on a result that was not
 * received, its set is not known until the next whole one: the runner publishes that.
 *
 * @throws Error if the result has another sum, or no number. The key is halted then: no status may rest on findings
 * that are not those of the runner.
 */
export const evolveReceived = (received: Received, event: ResultEvent): Received => {
  const pending = withPage(received.pending, event);
  if (pending === undefined) return received;
  if (pending.lists.length < pending.pages) return { ...received, pending };
  const { pending: _complete, ...before } = received;
  return withResult(before, pending, event.sequence);
};

/**
 * True if the event is the last page of a result whose set stands now. Its number and its sum were compared, so no
 * result before it is missing. A failure names no result.
 */
export const isWhole = ({ set, pending }: Received, { data: { result } }: ResultEvent): boolean =>
  result !== undefined && pending === undefined && set?.result === result;

/** Adds a page to those before it. Page 1 begins again. Nothing, if the page follows none. */
const withPage = (pending: PendingResult | undefined, event: ResultEvent): PendingResult | undefined => {
  const { findings } = event.data;
  if (event.data.page === 1) return { ...begun(event), lists: [findings] };
  return pending && follows(pending, event) ? { ...pending, lists: [...pending.lists, findings] } : undefined;
};

const begun = (event: ResultEvent): Omit<PendingResult, 'lists'> => {
  const { pages, form, content, layers, removed, result, set, startedAt } = event.data;
  return {
    id: event.id,
    cause: causeOf(event),
    pages,
    form,
    content,
    facts: { ...scanSummaryOf(event.data), startedAt },
    ...(event.topic === 'scan.completed' ? answerOf(event) : {}),
    ...(layers ? { layers } : {}),
    ...(removed ? { removed } : {}),
    ...(result === undefined ? {} : { result }),
    ...(set ? { sum: set } : {}),
  };
};

const answerOf = ({ data }: AssayEvent<'scan.completed'>): Pick<PendingResult, 'answers' | 'afterDecline'> => {
  const { scanId, kind, mode, outcome, reason, afterDecline } = data;
  return {
    answers: { ...judgedOf(data), scanId, kind, mode, outcome, ...(reason ? { reason } : {}) },
    ...(afterDecline ? { afterDecline } : {}),
  };
};

const follows = ({ lists, result, answers }: PendingResult, event: ResultEvent): boolean =>
  event.data.page === lists.length + 1 &&
  event.data.result === result &&
  (event.topic === 'scan.completed' ? answers !== undefined && isOfScan(answers, event) : answers === undefined);

const isOfScan = (answers: AnswerHead, { data }: AssayEvent<'scan.completed'>): boolean =>
  data.scanId === answers.scanId && data.verdict === answers.verdict && placementKey(data) === placementKey(answers);

const withResult = (
  received: Omit<Received, 'pending'>,
  pending: PendingResult,
  sequence: string | undefined,
): Received => {
  const { answers, afterDecline } = pending;
  const isSuccess = answers === undefined || answers.outcome === 'succeeded';
  const state = isSuccess ? withSet(received, pending, sequence) : received;
  if (answers === undefined) return state;
  const { id, cause, facts } = pending;
  const key = placementKey(answers);
  const before = received.placements[key] ?? {};
  const answer: ScanAnswer = { id, cause, head: answers, ...(isSuccess ? {} : { facts }) };
  const placement: ReceivedPlacement = {
    ...(counts(answer, before.answer) ? { ...before, answer } : before),
    ...(afterDecline ? { declinedBefore: Math.max(answers.verdict, before.declinedBefore ?? 0) } : {}),
  };
  return { ...state, placements: { ...received.placements, [key]: placement } };
};

/**
 * True if the answer replaces the one before: its verdict is as high or higher. A failed rescan keeps the last status.
 */
const counts = ({ head }: ScanAnswer, before: ScanAnswer | undefined): boolean => {
  if (head.kind === 'rescan' && head.outcome !== 'succeeded' && before) return false;
  return !before || head.verdict >= before.head.verdict;
};

/** The state with the set of a success, if it is known. */
const withSet = (
  { set: before, kept: keptBefore, lost: _lost, ...received }: Omit<Received, 'pending'>,
  pending: PendingResult,
  sequence: string | undefined,
): Omit<Received, 'pending'> => {
  const { id, cause, result, form, facts } = pending;
  if (result === undefined) throw new Error(`event ${id} is a success without a result`);
  const content = contentOf(before, pending, result);
  if (content === undefined) return { ...received, lost: { result, id, cause, facts } };
  const [findings, layers] = content;
  const sum = findings === before?.findings ? before.sum : setSum(findings);
  if (pending.sum !== undefined && !isSameSum(sum, pending.sum))
    throw new Error(`result ${result} is ${pending.sum.count}/${pending.sum.sum}, but gives ${sum.count}/${sum.sum}`);
  const place = sequence === undefined ? {} : { sequence };
  const set: StandingSet = { result, form, id, cause, ...place, facts, findings, sum, layers };
  const kept = keptAfter({ ...(before ? { set: before } : {}), ...(keptBefore ? { kept: keptBefore } : {}) }, set);
  return { ...received, set, ...(kept.length > 0 ? { kept } : {}) };
};

/** The findings and layers of a result. Nothing, if it rests on another result than the one that stands. */
const contentOf = (
  before: StandingSet | undefined,
  { content, form, lists, removed = [], layers = [] }: PendingResult,
  result: number,
): [findings: readonly Finding[], layers: readonly string[]] | undefined => {
  if (content === 'set') return [canonical(lists.flat()), layers];
  if (before?.result === result) return [before.findings, before.layers];
  if (content === 'none' || before?.result !== result - 1 || before.form !== form) return undefined;
  const findings = applied(before.findings, { findings: lists.flat(), removed, ruled: [] });
  if (findings === undefined) throw new Error(`result ${result} removes findings beyond the set of ${before.result}`);
  return [findings, before.layers];
};
