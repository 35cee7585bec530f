import { measuring, silent, type Observer } from '@assay/event-sourcing';
import { lineOf } from '@assay/messaging';

export interface Listeners extends Pick<Observer, 'failed'> {
  readonly accessed?: Observer['accessed'] | undefined;
  /** A line for whoever watches the suite. */
  readonly told?: ((line: string) => void) | undefined;
}

/** Measures what happens in a service, and says what an operator has to act on. */
export const observing = (
  service: string,
  { failed, accessed = silent.accessed, told = () => undefined }: Listeners,
): Observer => {
  const measured = measuring(service, failed, accessed);
  return {
    ...measured,
    parked: (topic, code) => {
      measured.parked(topic, code);
      told(`${service}: an event of ${topic} is parked (${code}): \`assay parked\` shows it, and what waits for it`);
    },
    waiting: (wait) => {
      measured.waiting(wait);
      told(`${service}: ${lineOf(wait)}`);
    },
  };
};
