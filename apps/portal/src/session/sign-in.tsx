import { useState, type ReactElement } from 'react';
import { Button } from '../components/button.tsx';
import { Command } from '../components/copy.tsx';
import { Dialog } from '../components/dialog.tsx';
import { texts } from '../texts.ts';
import { issuerOfPage, type Issuer } from './issuer.ts';
import { isLoopback, signedIn, useSession } from './session.ts';
import styles from './sign-in.module.css';

const ByToken = ({ isRefused }: { readonly isRefused: boolean }): ReactElement => {
  const [token, setToken] = useState('');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') signedIn(token.trim());
        setToken('');
      }}
    >
      <label>
        {texts.signIn.token}
        <input
          type="password"
          data-first
          value={token}
          autoComplete="off"
          onChange={({ target }) => setToken(target.value)}
          aria-invalid={isRefused || undefined}
        />
      </label>
      <Button look="main" type="submit">
        {texts.signIn.go}
      </Button>
    </form>
  );
};

const ByIssuer = ({ issuer, isRefused }: { readonly issuer: Issuer; readonly isRefused: boolean }): ReactElement => (
  <Button
    look="main"
    onClick={() =>
      void import('./oidc.ts').then(({ leaveFor, signInBeside }) =>
        isRefused ? signInBeside() : leaveFor(issuer, 'login'),
      )
    }
  >
    {texts.signIn.at(new URL(issuer.issuer).host)}
  </Button>
);

/**
 * Asks for a sign-in, over the page: what was typed there stays. It goes away once the API accepts the caller.
 */
export const SignIn = (): ReactElement => {
  const { token, isRefused, isAsking } = useSession();
  const issuer = issuerOfPage();
  return (
    <Dialog title={texts.signIn.title} isOpen={(token === undefined || isRefused) && !isAsking}>
      <p>{isRefused ? texts.signIn.refused : texts.signIn.text}</p>
      {issuer === undefined ? null : <ByIssuer issuer={issuer} isRefused={isRefused} />}
      {isLoopback(location.hostname) ? (
        <>
          <p className={styles.muted}>{texts.signIn.link}</p>
          <Command text="cat .assay/data/secrets/token" />
        </>
      ) : null}
      {issuer === undefined || isLoopback(location.hostname) ? <ByToken isRefused={isRefused} /> : null}
    </Dialog>
  );
};
