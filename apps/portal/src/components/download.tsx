import { useState, type ReactElement } from 'react';
import { fetchWithToken } from '../api/client.ts';
import { failureOf } from '../api/failure.ts';
import { texts } from '../texts.ts';
import { Button } from './button.tsx';

/** Name of a file in the header of an answer, such as one with the moment of its rows. */
const nameIn = (disposition: string | null): string | undefined => /filename="([\w.-]+)"/.exec(disposition ?? '')?.[1];

/** Saves an answer of the API as a file. The browser cannot follow a link for it, for the token is not in a cookie. */
export const Download = ({
  name,
  children,
  ...from
}: (
  | {
      /** With its query part. */
      readonly path: string;
      readonly accept: string;
    }
  | {
      /** Makes an answer of several. */
      readonly ask: () => Promise<Response>;
    }
) & {
  /** Name of the file, if the answer names none. */
  readonly name: string;
  readonly children: string;
}): ReactElement => {
  const [problem, setProblem] = useState<string>();
  const save = async (): Promise<void> => {
    setProblem(undefined);
    try {
      const response =
        'ask' in from
          ? await from.ask()
          : await fetchWithToken(
              new Request(new URL(from.path, location.origin), { headers: { accept: from.accept } }),
            );
      if (!response.ok) throw failureOf(response, await response.json().catch(() => undefined));
      const url = URL.createObjectURL(await response.blob());
      const link = Object.assign(document.createElement('a'), {
        href: url,
        download: nameIn(response.headers.get('content-disposition')) ?? name,
      });
      link.click();
      URL.revokeObjectURL(url);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Button look="quiet" onClick={() => void save()} title={texts.download.as(name)}>
        {children}
      </Button>
      {problem === undefined ? null : <span role="alert">{problem}</span>}
    </>
  );
};
