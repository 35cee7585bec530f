/** What URLs may not hold though browsers let it pass. */
const unfit = /[|^`{}\\[\]"<> ]/g;

/** A link out of an advisory, if it is one that may be followed. */
export const linkIn = (text: string): string | undefined => {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url.href.replace(unfit, encodeURIComponent) : undefined;
};

/** A path, or a name with slashes, as the relative reference that it stands for. */
export const pathReference = (path: string): string =>
  path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
