import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Push } from '../parts.ts';
import { IsDigest } from '../rules.ts';
import { push } from './example.ts';

/** One entry of an index. */
export class IndexChild {
  @IsDigest() digest: string;
  /**
   * `image`, `attestation`, or another artifact kind, as the index describes it. Only the child's own manifest decides
   * whether it is an image.
   */
  @IsString() @IsNotEmpty() kind: string;
  @IsOptional() @IsString() os?: string;
  @IsOptional() @IsString() architecture?: string;
  @IsOptional() @IsString() variant?: string;
}

/** Contents of the manifest and the config, read from the registry by digest. */
export class Facts {
  /** `image`, `index`, or an artifact kind (`helm-chart`, `signature`, …). */
  @IsString() @IsNotEmpty() kind: string;
  /**
   * The part of the manifest that proves that no runtime can run it: `config-type`, or the weaker `layer-types`, at
   * which some runtimes do not look. Absent if a layer is a file system, for any kind.
   */
  @IsOptional() @IsString() @IsNotEmpty() cannotRun?: string;
  @IsOptional() @IsString() os?: string;
  @IsOptional() @IsString() osVersion?: string;
  @IsOptional() @IsString() architecture?: string;
  @IsOptional() @IsString() variant?: string;
  @IsInt() @Min(0) layers: number;
  @IsInt() @Min(0) compressedBytes: number;
  @IsBoolean() encrypted: boolean;
  @IsBoolean() foreignLayers: boolean;
  /** As written by the builder of the image: not trusted, not even to be a date. */
  @IsOptional() @IsString() createdAt?: string;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IndexChild) children?: IndexChild[];
}

/** The reason why there are no facts. */
export class Inspection {
  @IsString() @IsNotEmpty() code: string;
  @IsString() message: string;
  @IsInt() @Min(1) attempts: number;
  /** The inspection is retried, and the same push is emitted again with its facts. */
  @IsOptional() @IsBoolean() trying?: boolean;
  /**
   * The registry was not asked about this image, because the fault affects the whole registry. `attempts` is 1 all the
   * same.
   */
  @IsOptional() @IsBoolean() unasked?: boolean;
  /** There is time left: nothing is decided by this event, and the same push is emitted again before its deadline. */
  @IsOptional() @IsBoolean() early?: boolean;
}

/** A manifest arrived. Carries `facts`, or `inspection` if the facts could not be read. */
export class ImagePushed extends Push {
  @IsOptional() @IsString() tag?: string;
  @IsIn(['notification', 'sweep', 'index']) origin: 'notification' | 'sweep' | 'index';
  @IsString() mediaType: string;
  @IsOptional() @ValidateNested() @Type(() => Facts) facts?: Facts;
  @IsOptional() @ValidateNested() @Type(() => Inspection) inspection?: Inspection;
}

export const imagePushed = defineEvent({
  topic: 'image.pushed',
  data: ImagePushed,
  published: true,
  summary: 'A manifest was pushed, and this is what it is.',
  examples: {
    1: {
      ...push,
      tag: 'v1',
      origin: 'notification',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      facts: {
        kind: 'image',
        os: 'linux',
        architecture: 'amd64',
        layers: 1,
        compressedBytes: 3631088,
        encrypted: false,
        foreignLayers: false,
        createdAt: '2026-11-01T00:00:00Z',
      },
    },
  },
});
