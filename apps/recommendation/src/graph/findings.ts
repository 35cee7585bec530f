import type { Column, Part, Shape as Members } from '@assay/kusto';
import { assessmentKeys, type Shape } from '../view/azure.ts';
import { classicMembers } from './classic-members.ts';
import { mdvmMembers } from './mdvm-members.ts';
import { padded, text } from './members.ts';
import { ofScope } from './scope.ts';

const members: Readonly<Record<Shape, Readonly<Record<string, Members>>>> = { classic: classicMembers, mdvm: mdvmMembers };

/** What `nameIn` does: in the newer shape the last bit of a name is turned. */
const names: Readonly<Record<Shape, string>> = {
  classic: 'f.name::varchar',
  mdvm: "(left(f.name::varchar, 35) || translate(right(f.name::varchar, 1), '0123456789abcdef', '1032547698badcfe'))",
};

const group = "split_part(f.registry_id, '/', 5)";

const idOf = (shape: Shape): Column => {
  const middle = `/providers/Microsoft.Security/assessments/${assessmentKeys[shape]}/subassessments/`;
  return {
    type: 'string', sql: `(f.registry_id || '${middle}' || ${names[shape]})`,
    template: {
      pieces: ['/subscriptions/', { sql: "split_part(f.registry_id, '/', 3)" }, '/resourceGroups/', { sql: group }, '/providers/Microsoft.ContainerRegistry/registries/', { sql: "split_part(f.registry_id, '/', 9)" }, middle, { sql: names[shape] }],
      prefixes: [{ pieces: 6, sql: 'f.registry_id' }],
    },
  };
};

/** The findings of images in one shape, read where they lie. */
export const findingsIn = (shape: Shape): Part => ({
  name: `findings-${shape}`,
  from: `(select * from findings where ${ofScope(shape)}) f`, alias: 'f',
  identity: ["(f.registry_id || '/')", names[shape]],
  columns: {
    id: idOf(shape), name: { type: 'string', sql: names[shape] }, type: { type: 'string', constant: 'microsoft.security/assessments/subassessments' },
    location: { type: 'string', constant: 'global' }, resourceGroup: { type: 'string', sql: `lower(${group})` }, subscriptionId: { type: 'string', sql: 'f.subscription_id' },
    properties: { type: 'dynamic', shape: { members: {
      ...members[shape], timeGenerated: text(padded('f.generated_at')),
      resourceDetails: { members: { source: text("'Azure'"), id: text("'/repositories/' || f.repository || '/images/' || f.digest") } },
    } } },
  },
});
