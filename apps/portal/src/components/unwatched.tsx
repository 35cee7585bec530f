import type { ReactElement } from 'react';
import { useRegistries } from '../api/use-subscriptions.ts';
import { useScope } from '../frame/scope.tsx';
import { Name } from '../text/name.tsx';
import { texts } from '../texts.ts';
import { Card } from './facts.tsx';

const words = texts.unwatched;

/** Removed registries of the scope whose images still count, with what is left to decide. Nothing if there are none. */
export const UnwatchedRegistries = (): ReactElement | null => {
  const scope = useScope();
  const removed = (useRegistries().data?.value ?? []).filter(
    (registry) => registry.removed && (scope === '' || registry.subscriptionId === scope),
  );
  if (removed.length === 0) return null;
  return (
    <Card>
      <h2>{words.title}</h2>
      <ul>
        {removed.map(({ registryId, loginServer, images, removedImages }) => (
          <li key={registryId}>
            <Name of={loginServer} />:{' '}
            {words.images(images ? images.unhealthy + images.undetermined + images.healthy : 0)}{' '}
            {removedImages === 'keep' ? words.kept : words.undecided}
            {removedImages === 'keep' ? null : (
              <>
                {' '}
                <code>npx assay registries removed {loginServer} --close</code>
              </>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
};
