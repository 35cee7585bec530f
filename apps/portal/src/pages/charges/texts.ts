/** The texts of a correction, and of the last month that is not closed. */
export const correctionTexts = {
  title: 'Correct this charge',
  meaning: 'The charge stays. The correction is a line of its own, on the bill of an open month.',
  give: 'Correct the charge',
  amount: 'Amount, below zero to give back',
  rest: 'empty: gives back the rest',
  notAnAmount: 'An amount is a decimal such as -0.10.',
  notClosed: (month: string, sum: string) => `${month}, not closed: ${sum}`,
} as const;
