import { useEffect, useRef, useState, type ReactElement } from 'react';

/** Pause in typing after which the list is asked for. */
const pauseMs = 250;

export interface TextFilterProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
}

/** A text that narrows a list. The address follows the typing, and the field follows the address. */
export const TextFilter = ({ label, value, set }: TextFilterProps): ReactElement => {
  const [text, setText] = useState(value);
  const given = useRef(value);
  const latest = useRef(set);
  useEffect(() => {
    latest.current = set;
  });
  useEffect(() => {
    // Back, or a filter that was taken away.
    if (value !== given.current) setText(value);
    given.current = value;
  }, [value]);
  useEffect(() => {
    if (text.trim() === given.current) return undefined;
    const timer = setTimeout(() => {
      given.current = text.trim();
      latest.current(text.trim());
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      value={text}
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellCheck={false}
      onChange={({ target }) => setText(target.value)}
    />
  );
};
