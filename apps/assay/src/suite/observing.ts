import { measuring, silent, type Observer } from '@assay/event-sourcing';
import { lineOf } from '@assay/messaging';

export interface Listeners extends Pick<Observer, 'failed'> {
  readonly accessed?: Observer['accessed'] | undefined;
  /** Receives a line for the operator. */
  readonly notify?: ((line: string) => void) | undefined;
}

/** Measures the events of a service, and prints those that an operator must act on. */
export const observing = (
  service: string,
  { failed, accessed = silent.accessed, notify = () => undefined }: Listeners,
): Observer => {
  const measured = measuring(service, failed, accessed);
  return {
    ...measured,
    parked: (topic, code) => {
      measured.parked(topic, code);
      notify(
        `${service}: an event of ${topic} is parked (${code}): \`assay parked\` shows it, and the events behind it`,
      );
    },
    waiting: (wait) => {
      measured.waiting(wait);
      notify(`${service}: ${lineOf(wait)}`);
    },
  };
};
