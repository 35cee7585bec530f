/** The scope of a path. Names compare case-insensitively; those here have the canonical casing. */
export type Scope =
  | { readonly kind: 'subscription'; readonly subscriptionId: string }
  | { readonly kind: 'resource-group'; readonly subscriptionId: string; readonly resourceGroup: string }
  | { readonly kind: 'management-group'; readonly managementGroup: string }
  | Registry
  | {
      readonly kind: 'resource';
      readonly subscriptionId: string;
      readonly resourceGroup: string;
      readonly provider: string;
      readonly type: string;
      readonly name: string;
    };

/** A container registry, the kind of resource that Assay scans. */
export interface Registry {
  readonly kind: 'registry';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly registry: string;
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isSubscriptionId = (text: string): boolean => guid.test(text);

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

interface Pattern {
  readonly is: RegExp;
  readonly scope: (first: string, second: string, third: string, fourth: string, fifth: string) => Scope;
}

const patterns: readonly Pattern[] = [
  { is: /^\/subscriptions\/([^/]+)$/i, scope: (id) => ({ kind: 'subscription', subscriptionId: id.toLowerCase() }) },
  {
    is: /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i,
    scope: (id, group) => ({ kind: 'resource-group', subscriptionId: id.toLowerCase(), resourceGroup: group }),
  },
  {
    is: /^\/providers\/Microsoft\.Management\/managementGroups\/([^/]+)$/i,
    scope: (group) => ({ kind: 'management-group', managementGroup: group }),
  },
  {
    is: new RegExp(
      /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)/.source +
        /\/providers\/Microsoft\.ContainerRegistry\/registries\/([^/]+)$/.source,
      'i',
    ),
    scope: (id, group, registry) => ({
      kind: 'registry',
      subscriptionId: id.toLowerCase(),
      resourceGroup: group,
      registry,
    }),
  },
  {
    is: /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/([^/]+)\/([^/]+)$/i,
    scope: (id, group, provider, type, name) => ({
      kind: 'resource',
      subscriptionId: id.toLowerCase(),
      resourceGroup: group,
      provider,
      type,
      name,
    }),
  },
];

/**
 * Parses a scope, with or without its leading slash; `undefined` for any other text. Does not check that the
 * subscription id is a GUID.
 */
export const parseScope = (text: string): Scope | undefined => {
  const path = `/${text.replace(/^\/+|\/+$/g, '')}`;
  for (const { is, scope } of patterns) {
    const match = is.exec(path);
    if (!match) continue;
    // A shorter pattern has no parts at the end, and its scope does not use them.
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = match.slice(1).map(decoded);
    return scope(first, second, third, fourth, fifth);
  }
  return undefined;
};

export const formatScope = (scope: Scope): string => {
  switch (scope.kind) {
    case 'subscription':
      return `/subscriptions/${scope.subscriptionId}`;
    case 'resource-group':
      return `/subscriptions/${scope.subscriptionId}/resourceGroups/${scope.resourceGroup}`;
    case 'management-group':
      return `/providers/Microsoft.Management/managementGroups/${scope.managementGroup}`;
    case 'registry':
      return (
        `/subscriptions/${scope.subscriptionId}/resourceGroups/${scope.resourceGroup}` +
        `/providers/Microsoft.ContainerRegistry/registries/${scope.registry}`
      );
    case 'resource':
      return (
        `/subscriptions/${scope.subscriptionId}/resourceGroups/${scope.resourceGroup}` +
        `/providers/${scope.provider}/${scope.type}/${scope.name}`
      );
    default:
      return scope satisfies never;
  }
};

/** Parses a registry's id; `undefined` if the text is not one. Keeps the casing, which answers show. */
export const parseRegistryId = (text: string): Registry | undefined => {
  const scope = parseScope(text);
  return scope?.kind === 'registry' ? scope : undefined;
};

export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * True if a scope lies within another. No id names its management group: a caller that knows the members must check
 * those first.
 */
export const contains = (outer: Scope, inner: Scope): boolean =>
  outer.kind !== 'management-group' &&
  `${formatScope(inner)}/`.toLowerCase().startsWith(`${formatScope(outer)}/`.toLowerCase());
