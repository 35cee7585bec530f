/** Characters that URLs may not contain, though browsers accept them. */
const unfit = /[|^`{}\\[\]"<> ]/g;

/** The link of an advisory, if it is safe to follow. */
export const linkIn = (text: string): string | undefined => {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url.href.replace(unfit, encodeURIComponent) : undefined;
};

/** A path, or a name with slashes, as a relative reference. */
export const pathReference = (path: string): string =>
  path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
