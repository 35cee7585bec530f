import { expect, it } from 'vitest';
import { assessmentSettings } from '../../settings.ts';
import { managementGroupsIn } from './settings.ts';

const [one, two] = ['AAAAAAAA-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];

it('management groups are those that the environment names', () => {
  expect(assessmentSettings.read({}).managementGroups).toEqual({});
  expect(
    assessmentSettings.read({ ASSAY_MANAGEMENT_GROUPS: JSON.stringify({ Production: [one, two], empty: [] }) })
      .managementGroups,
  ).toEqual({ Production: [one.toLowerCase(), two], empty: [] });
});

it.each(['x', '[]', 'null', '"a"', '{"a":"b"}', '{"a":["b"]}', '{"a":[7]}', '{"":[]}', '{"a":[],"A":[]}'])(
  '%s names no management groups, and stops the start',
  (text) => {
    expect(() => managementGroupsIn(text)).toThrow(/^ASSAY_MANAGEMENT_GROUPS .*: give JSON such as/);
  },
);
