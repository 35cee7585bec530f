/** Operations of the API, of which roles are made. */
export const operations = [
  'findings/read',
  'gate/read',
  'assessments/write',
  'plans/read',
  'plans/write',
  'rules/read',
  'rules/write',
  'charges/read',
  'charges/write',
  'parked/read',
  'parked/write',
  'scanners/read',
  'scanners/write',
  'services/read',
  'sweeps/read',
  'sweeps/write',
  'notifications/write',
  'running/write',
] as const;

export type Operation = (typeof operations)[number];

/**
 * The operations of each role. docs/security.md shows the same table; a test checks each role, operation and scope
 * against the API.
 */
export const roles = [
  {
    role: 'Security Reader',
    may: [
      'findings/read',
      'gate/read',
      'plans/read',
      'rules/read',
      'parked/read',
      'scanners/read',
      'services/read',
      'sweeps/read',
    ],
  },
  { role: 'ACR Reader', may: ['findings/read', 'gate/read'] },
  { role: 'AcrPull', may: ['gate/read'] },
  {
    role: 'Security Admin',
    may: [
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
  },
  { role: 'Billing Reader', may: ['charges/read'] },
  { role: 'Billing Contributor', may: ['charges/read', 'charges/write'] },
  { role: 'Event Sender', may: ['notifications/write'] },
  { role: 'Cluster Reporter', may: ['running/write'] },
] as const satisfies readonly { readonly role: string; readonly may: readonly Operation[] }[];

export type Role = (typeof roles)[number];

/** Names of the roles that hold an operation, that with the fewest operations first. */
export const rolesFor = (operation: Operation): readonly string[] =>
  roles
    .filter(({ may }) => (may as readonly Operation[]).includes(operation))
    .toSorted((a, b) => a.may.length - b.may.length)
    .map(({ role }) => role);

/**
 * Azure's own names for the roles of a registry's readers and of Event Grid. `AcrPull` is a role of its own: every
 * cluster's pull identity has it.
 */
const otherNames: Readonly<Record<string, Role['role']>> = {
  reader: 'ACR Reader',
  azureeventgridsecurewebhooksubscriber: 'Event Sender',
};

/** Values of claims may hold no spaces, so `SecurityReader` and `Security.Reader` name the same role. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[ ._-]/g, '');

export const roleNamed = (name: string): Role | undefined => {
  const wanted = bare(otherNames[bare(name)] ?? name);
  return roles.find(({ role }) => bare(role) === wanted);
};
