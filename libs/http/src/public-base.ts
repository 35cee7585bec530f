import { declaredPublicBase, derived, SettingError, type Settings } from '@assay/settings';

/** Scheme and host as clients know them, if a proxy in front terminates TLS or has another name. */
export const publicBaseSettings: Settings<string | undefined> = derived(declaredPublicBase, (text) => {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    !url.search &&
    !url.hash &&
    !url.username &&
    !url.password
  )
    return url.origin;
  throw new SettingError(
    `ASSAY_PUBLIC_BASE must be scheme and host as clients use them, such as https://assay.example.com, not '${text}'`,
  );
});
