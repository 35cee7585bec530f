/** The page of all hits of a text. */
export const resultsOf = (text: string): string => `/search?${new URLSearchParams({ q: text }).toString()}`;

/** The page that a text alone leads to: a digest, a vulnerability, or all that has it in its name. */
export const targetOf = (given: string): string | undefined => {
  const text = given.trim();
  if (text === '') return undefined;
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return `/images/${text}`;
  if (/^(?:cve-\d{4}-\d+|ghsa(?:-[0-9a-z]{4}){3})$/i.test(text)) return `/vulnerabilities/${text}`;
  return resultsOf(text);
};
