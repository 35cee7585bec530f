import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { texts } from '../texts.ts';
import styles from './untagged.module.css';

/** The images that a list or a sum leaves out since they lost their tags. Nothing if there are none. */
export const Untagged = ({
  images,
  href = '/images?untagged=only',
}: {
  readonly images: number | undefined;
  readonly href?: string;
}): ReactElement | null =>
  images ? (
    <p className={styles.untagged}>
      {texts.images.untagged(images)} <Link href={href}>{texts.images.leftOut.show}</Link>
    </p>
  ) : null;
