import { useState, type ReactElement } from 'react';
import { useMe } from '../api/use-me.ts';
import { Button } from '../components/button.tsx';
import { signedOut, useSession } from '../session/session.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import { applyTheme, chosenTheme, themes, type ColourTheme } from './theme.ts';
import styles from './account.module.css';

/** The caller and its roles, the theme, and the way out. */
export const Account = ({ openHelp }: { readonly openHelp: () => void }): ReactElement => {
  const me = useMe();
  const { token } = useSession();
  const [theme, setTheme] = useState<ColourTheme>(chosenTheme);
  const name = me === undefined ? texts.account.title : harmless(me.name);
  return (
    <div className={styles.account}>
      <button type="button" className={styles.open} popoverTarget="account" aria-label={texts.account.open(name)}>
        <span aria-hidden="true">{name.slice(0, 1).toUpperCase()}</span>
      </button>
      <div id="account" popover="auto" className={styles.menu}>
        <p className={styles.name}>{name}</p>
        <ul className={styles.roles}>
          {me?.roles.map(({ role, scope }) => (
            <li key={`${role} ${scope}`}>
              {harmless(role)} <span>{harmless(scope)}</span>
            </li>
          ))}
        </ul>
        <label className={styles.theme}>
          {texts.account.theme}
          <select
            value={theme}
            onChange={({ target }) => {
              const chosen = themes.find((each) => each === target.value) ?? 'auto';
              setTheme(chosen);
              applyTheme(chosen);
            }}
          >
            {themes.map((each) => (
              <option key={each} value={each}>
                {texts.account.themes[each]}
              </option>
            ))}
          </select>
        </label>
        <div className={styles.actions}>
          <Button
            look="quiet"
            onClick={() => {
              document.getElementById('account')?.hidePopover();
              openHelp();
            }}
          >
            {texts.help.title}
          </Button>
          {token === undefined ? null : (
            <Button look="quiet" onClick={signedOut}>
              {texts.account.signOut}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
};
