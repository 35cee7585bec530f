import { inAddress } from '../text/in-address.ts';

/** The subscription of an address; empty for all. */
export const scopeIn = (search: string): string => new URLSearchParams(search).get('subscription') ?? '';

/**
 * An address in a subscription, so that the list behind a number is about the same images as the number.
 * @param href of a page; one that names a subscription itself stays as it is
 */
export const inScope = (href: string, subscription: string): string => {
  const [, path = '', query = '', hash = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(href) ?? [];
  if (subscription === '' || new URLSearchParams(query).has('subscription')) return href;
  return `${path}?${query === '' ? '' : `${query}&`}subscription=${inAddress(subscription)}${hash}`;
};
