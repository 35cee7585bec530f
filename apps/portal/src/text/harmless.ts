/** Characters that are not seen, or change how their neighbours are drawn. Line breaks are part of longer texts. */
const unseen = /[^\P{C}\n]|[\u2028\u2029]/gu;

/** The text with each control character replaced, as in every other output of Assay. */
export const harmless = (text: string): string => text.replaceAll(unseen, '\uFFFD');

/** An address that is safe to follow, for a link of an advisory: only https and http. */
export const linkIn = (text: string): string | undefined => {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && url.username === '' ? url.href : undefined;
};
