import { expect, it } from 'vitest';
import { personOf } from './person.ts';

it.each([
  ['ana (https://login.example.com)', 'ana'],
  ['anybody (assay)', 'anybody (assay)'],
  ['ana (https://a) (https://b)', 'ana (https://a)'],
  ['ana', 'ana'],
])('the person of %s is %s', (who, person) => expect(personOf(who)).toBe(person));
