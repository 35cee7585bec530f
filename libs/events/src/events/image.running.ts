import { ArrayMaxSize, IsIn, IsOptional } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsCluster, IsDigest, IsTexts, IsTime } from '../rules.ts';
import { digest } from './example.ts';

/** Most namespaces that an event names. */
export const mostNamespaces = 50;

/**
 * A cluster reported that a digest is in use there, or that it was not in its reports for a day. Of a digest and a
 * cluster, the event with the latest `seenAt` counts. Events between are left out: see `cluster.reported`.
 */
export class ImageRunning {
  /** Digest that runs: of an image, or of an index. */
  @IsDigest() digest: string;
  /** Name of the cluster. */
  @IsCluster() cluster: string;
  /** Namespaces in which it runs, sorted, at most 50. Absent where digests alone were reported. */
  @IsTexts() @ArrayMaxSize(mostNamespaces) @IsOptional() namespaces?: string[];
  /** `gone`: no report had it for a day. */
  @IsIn(['running', 'gone']) state: 'running' | 'gone';
  /** When it was first seen in this cluster. */
  @IsTime() since: string;
  /** Time of the report. */
  @IsTime() seenAt: string;
}

export const imageRunning = defineEvent({
  topic: 'image.running',
  data: ImageRunning,
  summary: 'A cluster reported that a digest runs, or runs no more.',
  examples: {
    1: {
      digest,
      cluster: 'prod',
      namespaces: ['shop', 'web'],
      state: 'running',
      since: '2026-11-24T09:15:02.123Z',
      seenAt: '2026-11-25T10:00:00.000Z',
    },
  },
});
