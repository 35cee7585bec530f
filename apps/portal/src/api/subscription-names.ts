/** A subscription as a person reads it. */
export interface NamedSubscription {
  readonly id: string;
  /** Its name; its id where it has none, or shares it. */
  readonly name: string;
}

/** The subscriptions of registries, in the order of their names. */
export const namesOf = (
  registries: readonly { readonly subscriptionId: string; readonly subscriptionName: string }[],
): readonly NamedSubscription[] => {
  const names = new Map(registries.map(({ subscriptionId, subscriptionName }) => [subscriptionId, subscriptionName]));
  const shown = [...names.values()];
  return [...names]
    .map(([id, name]) => ({ id, name: name === '' || shown.filter((each) => each === name).length > 1 ? id : name }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
};

/** The last part of an ARM id, or the name of the subscription that it is. */
export const scopeText = (scope: string, subscriptions: readonly NamedSubscription[]): string => {
  const [, id] = /^\/subscriptions\/([^/]+)$/i.exec(scope) ?? [];
  const named = subscriptions.find((each) => each.id.toLowerCase() === id?.toLowerCase());
  return named?.name ?? scope.slice(scope.lastIndexOf('/') + 1);
};
