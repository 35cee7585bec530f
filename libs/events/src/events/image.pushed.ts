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
  /** Digest of the child's manifest. */
  @IsDigest() digest: string;
  /**
   * `image`, `attestation`, or another artifact kind, as the index describes it. Only the child's own manifest decides
   * whether it is an image.
   */
  @IsString() @IsNotEmpty() kind: string;
  /** Operating system that the index names for it. */
  @IsOptional() @IsString() os?: string;
  /** Processor architecture that the index names for it. */
  @IsOptional() @IsString() architecture?: string;
  /** Variant of the architecture, such as `v8`. */
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
  /** Operating system that the image's configuration names. */
  @IsOptional() @IsString() os?: string;
  /** Version of the operating system; Windows images have one. */
  @IsOptional() @IsString() osVersion?: string;
  /** Processor architecture of the image. */
  @IsOptional() @IsString() architecture?: string;
  /** Variant of the architecture, such as `v8`. */
  @IsOptional() @IsString() variant?: string;
  /** Number of layers. */
  @IsInt() @Min(0) layers: number;
  /** Size of all layers as stored, in bytes. */
  @IsInt() @Min(0) compressedBytes: number;
  /** True if a layer is encrypted. */
  @IsBoolean() encrypted: boolean;
  /** True if a layer lies outside of the registry. */
  @IsBoolean() foreignLayers: boolean;
  /** As written by the builder of the image: not trusted, not even to be a date. */
  @IsOptional() @IsString() createdAt?: string;
  /** The images that an index lists. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IndexChild) children?: IndexChild[];
}

/** The reason why there are no facts. */
export class Inspection {
  /** A code: why the manifest could not be read. */
  @IsString() @IsNotEmpty() code: string;
  /** The same for people. */
  @IsString() message: string;
  /** Number of attempts so far. */
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
  /** The tag that was pushed. Absent for a push by digest. */
  @IsOptional() @IsString() tag?: string;
  /** The kind of the sender of the notification. */
  @IsIn(['notification', 'sweep', 'index']) origin: 'notification' | 'sweep' | 'index';
  /** The sender, by the word of `notification.received`, such as `acr`. Absent in older events. */
  @IsOptional() @IsString() @IsNotEmpty() sender?: string;
  /** Media type of the manifest. */
  @IsString() mediaType: string;
  /** The facts that the manifest and the configuration give. Absent if they could not be read. */
  @IsOptional() @ValidateNested() @Type(() => Facts) facts?: Facts;
  /** The failure to read them. Absent if they were read. */
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
      sender: 'acr',
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
