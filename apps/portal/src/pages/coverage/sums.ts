import type { components } from '../../api/generated/schema.ts';
import { outcomes, type Sums } from './outcomes.ts';

type Row = components['schemas']['CoverageRow'];

const total = (rows: readonly Row[], of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0);

/** Lines of the ledger in a subscription; all of them if it is empty. */
export const inSubscription = (rows: readonly Row[], subscription: string): readonly Row[] =>
  subscription === ''
    ? rows
    : rows.filter(({ registryId }) =>
        registryId.toLowerCase().startsWith(`/subscriptions/${subscription.toLowerCase()}/`),
      );

const reasonsOf = (rows: readonly Row[]): Sums['reasons'] =>
  Object.values(
    Object.groupBy(
      rows.flatMap(({ reasons }) => reasons),
      ({ outcome, status, reason }) => `${outcome} ${status} ${reason ?? ''}`,
    ),
  ).flatMap((group = []) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, count: group.reduce((sum, { count }) => sum + count, 0) }];
  });

/** The sums of these lines. Times that half of the pushes took cannot be summed, so they are left out. */
export const sumsOf = (rows: readonly Row[]): Sums => {
  const learned = (sender: keyof Row['learned']): number => total(rows, (row) => row.learned[sender]);
  const [assessed, notApplicable, undetermined, onItsWay, missing] = outcomes.map((outcome) =>
    total(rows, (row) => row[outcome]),
  ) as [number, number, number, number, number];
  return {
    pushed: total(rows, ({ pushed }) => pushed),
    assessed,
    notApplicable,
    undetermined,
    onItsWay,
    missing,
    balances: rows.every(({ balances }) => balances),
    learned: {
      webhook: learned('webhook'),
      eventGrid: learned('eventGrid'),
      sweep: learned('sweep'),
      index: learned('index'),
      command: learned('command'),
      unknown: learned('unknown'),
    },
    reasons: reasonsOf(rows),
    inTime: total(rows, ({ inTime }) => inTime),
    late: total(rows, ({ late }) => late),
  };
};

/** The sums of an answer within a subscription: its own for all, else those of the lines that it holds. */
export const sumsIn = (
  { value, total: sums }: { readonly value: readonly Row[]; readonly total: Sums },
  subscription: string,
): Sums => (subscription === '' ? sums : sumsOf(inSubscription(value, subscription)));
