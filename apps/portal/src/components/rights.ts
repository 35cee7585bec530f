/** Roles that hold an operation, as docs/access.md has them. */
const roles: Readonly<Record<string, readonly string[]>> = {
  'Security Reader': [
    'findings/read',
    'gate/read',
    'plans/read',
    'rules/read',
    'parked/read',
    'scanners/read',
    'services/read',
    'sweeps/read',
  ],
  'ACR Reader': ['findings/read', 'gate/read'],
  AcrPull: ['gate/read'],
  'Security Admin': [
    'findings/read',
    'gate/read',
    'assessments/write',
    'plans/read',
    'plans/write',
    'rules/read',
    'rules/write',
    'parked/read',
    'parked/write',
    'scanners/read',
    'scanners/write',
    'services/read',
    'sweeps/read',
    'sweeps/write',
  ],
  'Billing Reader': ['charges/read'],
  'Billing Contributor': ['charges/read', 'charges/write'],
  'Event Sender': ['notifications/write'],
  'Cluster Reporter': ['running/write'],
};

/** Operations of each role, for the test that compares them with those of the API. */
export const operationsByRole = roles;

/** The roles that hold an operation, the smallest first. */
export const roleNames = (operation: string): readonly string[] =>
  Object.entries(roles)
    .filter(([, may]) => may.includes(operation))
    .toSorted(([, a], [, b]) => a.length - b.length)
    .map(([role]) => role);

/** The part of a caller that decides about an act over every subscription. */
interface Rights {
  readonly operations: readonly string[];
  readonly roles: readonly { readonly role: string; readonly scope: string }[];
}

/**
 * True if a caller may do something in every subscription. A role without a row here, such as the one of the shared
 * token, counts with all that the caller may do somewhere: then the service decides.
 */
export const holdsOverAll = ({ operations, roles: held }: Rights, operation: string): boolean =>
  held.some(
    ({ role, scope }) =>
      scope === '/' && (Object.hasOwn(roles, role) ? (roles[role] ?? []) : operations).includes(operation),
  );
