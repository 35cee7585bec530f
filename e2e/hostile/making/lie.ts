import { hold, type FinalStatus, type Input } from '../input.ts';
import { held, type HostileImage } from './image.ts';
import { pushed, type InputPlace } from './pushed.ts';

/** Any end but `healthy`. The scan itself must not have failed: that would not show that the lie was seen. */
export const notHealthy: readonly FinalStatus[] = [
  { status: 'unhealthy' },
  { status: 'undetermined', reason: /^(?!failed\/|timed-out)/ },
  { status: 'not-applicable', reason: /./ },
];

interface Lie extends Pick<Input, 'row' | 'title' | 'classes' | 'source'> {
  readonly make: (place: InputPlace) => Promise<HostileImage>;
  readonly ends?: FinalStatus | readonly FinalStatus[];
}

/** An image that hides its packages, or has others vouch for them. Neither status nor gate may believe it. */
export const lie = ({ make, ends = notHealthy, ...input }: Lie): Input =>
  pushed({
    ...input,
    must: 'never healthy, never allowed by the gate',
    ends,
    make: async (place) => ({ digest: held(place.registry, await make(place)) }),
    also: async ({ world, digest }) => {
      const { decision, reason } = await world.suite.get<{ decision: string; reason: string }>(
        `/assay/images/${encodeURIComponent(digest)}/gate`,
      );
      hold(decision !== 'allow', `the gate allows it: ${reason}`);
    },
  });
