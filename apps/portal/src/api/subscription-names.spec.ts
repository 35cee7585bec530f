import { expect, it } from 'vitest';
import { namesOf, scopeText } from './subscription-names.ts';

const registry = (subscriptionId: string, subscriptionName: string) => ({ subscriptionId, subscriptionName });

it('a subscription has its name, or its id if it has none or shares it', () => {
  const shops = [
    registry('1', 'Shop'),
    registry('1', 'Shop'),
    registry('2', ''),
    registry('3', 'A'),
    registry('4', 'A'),
  ];
  expect(namesOf(shops)).toEqual([
    { id: '2', name: '2' },
    { id: '3', name: '3' },
    { id: '4', name: '4' },
    { id: '1', name: 'Shop' },
  ]);
});

it.each([
  ['/subscriptions/1', 'Shop'],
  ['/subscriptions/2', '2'],
  ['/subscriptions/1/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/web', 'web'],
])('the scope %s is read as %s', (scope, text) => {
  expect(scopeText(scope, [{ id: '1', name: 'Shop' }])).toBe(text);
});
