import type { ReactElement } from 'react';
import { useRegistries } from '../api/use-subscriptions.ts';
import { texts } from '../texts.ts';
import { Answered, Nothing } from './states.tsx';

const words = texts.images.empty;

/** Nothing was pushed yet: the command that pushes an image to a registry of this suite. */
export const FirstPush = (): ReactElement => (
  <Answered from={useRegistries()} rows={3}>
    {({ value }) => {
      const server = value.find(({ removed }) => !removed)?.loginServer;
      return (
        <Nothing
          title={words.title}
          {...(server === undefined
            ? {}
            : { command: `docker tag alpine:3.20 ${server}/alpine:3.20 && docker push ${server}/alpine:3.20` })}
        >
          <p>{server === undefined ? words.noRegistry : words.text}</p>
        </Nothing>
      );
    }}
  </Answered>
);
