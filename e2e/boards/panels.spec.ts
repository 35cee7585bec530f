import { expect, it } from 'vitest';
import { expressionOf } from './panels.ts';

it('finds the expression of a panel by its title', () => {
  expect(expressionOf('pipeline', 'Processes of each service')).toMatch(/^count by \(service\) \(\w+\{service=~"/);
  expect(expressionOf('sandbox', 'Age of the database')).toBe('max(assay_database_age_seconds)');
});

it.each([
  ['pipeline', 'Processes of no service', 'has no "Processes of no service"'],
  ['pipeline', 'Read model', 'has several "Read model"'],
] as const)('finds none on the board %s for %s', (board, title, message) => {
  expect(() => expressionOf(board, title)).toThrow(message);
});
