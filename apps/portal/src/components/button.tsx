import { useId, type ButtonHTMLAttributes, type ReactElement } from 'react';
import { Link } from 'wouter';
import styles from './button.module.css';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  readonly look?: 'main' | 'plain' | 'danger' | 'quiet';
  /** Why it cannot be pressed now, such as the right that is missing. The button stays, and gives the reason. */
  readonly prevented?: string | undefined;
}

/** A button. One that is prevented can still be reached by keyboard, so that its reason is read. */
export const Button = ({
  look = 'plain',
  prevented,
  className,
  onClick,
  children,
  ...rest
}: ButtonProps): ReactElement => {
  const id = useId();
  const isPrevented = prevented !== undefined;
  return (
    <>
      <button
        type="button"
        {...rest}
        className={`${styles.button} ${className ?? ''}`}
        data-look={look}
        aria-disabled={isPrevented || undefined}
        aria-describedby={isPrevented ? id : rest['aria-describedby']}
        title={prevented ?? rest.title}
        onClick={(event) => {
          if (isPrevented) event.preventDefault();
          else onClick?.(event);
        }}
      >
        {children}
      </button>
      {isPrevented ? (
        <span id={id} className="hidden">
          {prevented}
        </span>
      ) : null}
    </>
  );
};

/** A link within the portal that looks like a button. */
export const ButtonLink = ({
  to,
  children,
  look = 'plain',
}: {
  readonly to: string;
  readonly children: ReactElement | string;
  readonly look?: 'main' | 'plain' | 'quiet';
}): ReactElement => (
  <Link href={to} className={styles.button ?? ''} data-look={look}>
    {children}
  </Link>
);
