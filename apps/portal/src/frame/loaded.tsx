import { lazy, type ComponentType, type ReactElement } from 'react';

/** A file of a page did not arrive. */
export class PageNotLoaded extends Error {
  override readonly name = 'PageNotLoaded';

  /** @param again lets the page ask for its files the next time that it is shown */
  constructor(
    message: string,
    readonly again: () => void,
  ) {
    super(message);
  }
}

const key = 'assay.loaded-again';

/**
 * After an upgrade the files of this document's release are gone: loads the document again, which leads to those of the
 * new one. Once for a release, or a file that is missing for another reason would load it without end.
 *
 * @returns whether the document goes
 */
const isLoadedAgain = async (): Promise<boolean> => {
  const release = document.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? '';
  if (sessionStorage.getItem(key) === release) return false;
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => undefined);
  if (!answer?.ok) return false;
  sessionStorage.setItem(key, release);
  location.reload();
  return true;
};

/** A page whose files are loaded when it is shown. React keeps a failure to load for ever, but for `again`. */
export const loadedLater = (load: () => Promise<{ readonly default: ComponentType }>): ComponentType => {
  const asked = () =>
    lazy(() =>
      load().catch(async (error: unknown) => {
        // The document goes: nothing is to be shown meanwhile.
        if (await isLoadedAgain()) return new Promise<never>(() => undefined);
        throw new PageNotLoaded(error instanceof Error ? error.message : String(error), () => {
          Loaded = asked();
        });
      }),
    );
  let Loaded = asked();
  return (): ReactElement => <Loaded />;
};
