import { SettingError } from '@assay/messaging';

/**
 * Scheme and host as clients know them, if a proxy in front terminates TLS or has another name.
 * @throws SettingError
 */
export const publicBaseIn = (env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const text = env.ASSAY_PUBLIC_BASE?.trim();
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
};
