import { lookup } from 'node:dns';
import { expect, it } from 'vitest';
import { isAllowedAddress } from './addresses.ts';
import { checkedLookup } from './connect.ts';

it.each(['8.8.8.8', '20.42.0.1', '2606:4700::1', '::ffff:8.8.8.8'])('%s is public', (address) => {
  expect(isAllowedAddress(address, [])).toBe(true);
});

it.each([
  '127.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '4000::1',
  'not an address',
  '',
])('%s is not', (address) => {
  expect(isAllowedAddress(address, [])).toBe(false);
});

it('an address that is not public is allowed only if its network is listed', () => {
  expect(isAllowedAddress('127.0.0.1', ['127.0.0.0/8', 'fd00::/8'])).toBe(true);
  expect(isAllowedAddress('::ffff:127.0.0.1', ['127.0.0.0/8'])).toBe(true);
  expect(isAllowedAddress('fd00::1', ['127.0.0.0/8', 'fd00::/8'])).toBe(true);
  expect(isAllowedAddress('10.0.0.1', ['127.0.0.0/8', 'fd00::/8'])).toBe(false);
});

it('a name leads only to those of its addresses that are allowed', async () => {
  const looked = (allowed: string[], all: boolean) =>
    new Promise<unknown>((resolve) => {
      checkedLookup(allowed)('localhost', { all }, (error, found) => resolve(error ?? found));
    });
  const known = await new Promise<string[]>((resolve) => {
    lookup('localhost', { all: true }, (_, found) => resolve(found.map(({ address }) => address)));
  });
  expect(await looked([], true)).toMatchObject({ code: 'forbidden-address' });
  expect(await looked([], false)).toMatchObject({ code: 'forbidden-address' });
  expect(await looked(['127.0.0.0/8'], true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
  expect(await looked(['127.0.0.0/8'], false)).toBe('127.0.0.1');
  expect(known).toContain('127.0.0.1');
});
