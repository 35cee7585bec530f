import { useState, type ReactElement } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../components/button.tsx';
import { Heading } from '../../frame/heading.tsx';
import { texts as common } from '../../texts.ts';
import styles from './gate.module.css';
import { texts } from './texts.ts';

/** The first page of a caller that may ask the gate and read no lists. */
const Page = (): ReactElement => {
  const [, navigate] = useLocation();
  const [digest, setDigest] = useState('');
  return (
    <>
      <Heading title={common.pages.gate} />
      <p>{texts.about}</p>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          navigate(`/images/${digest.trim()}`);
        }}
      >
        <input
          aria-label={texts.digest}
          placeholder={texts.digest}
          value={digest}
          onChange={({ target }) => setDigest(target.value)}
          pattern="\s*sha256:[0-9a-f]{64}\s*"
          required
          autoComplete="off"
          spellCheck={false}
        />
        <Button look="main" type="submit">
          {texts.ask}
        </Button>
      </form>
    </>
  );
};
export default Page;
