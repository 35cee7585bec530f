import { Allow, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { AreDigests, IsDigest, IsTexts, IsTime } from '../rules.ts';
import { senders, type Sender } from '../vocabulary.ts';
import { digest } from './example.ts';

/**
 * A hint that something happened in a registry, stored as received. It is not trusted: ingestion asks the registry. The
 * key is the digest; or, for a hint that is about a tag alone, the tag's name with registry and repository.
 */
export class NotificationReceived {
  /** The kind of the sender. */
  @IsIn(senders) sender: Sender;
  /** The sender's own id of the event. With `sender` and the registry, it identifies a repeat. */
  @IsString() @IsNotEmpty() senderEventId: string;
  /** Push or deletion. */
  @IsIn(['push', 'delete']) action: 'push' | 'delete';
  /** Host of the registry. */
  @IsOptional() @IsString() loginServer?: string;
  /** ARM id of the registry. */
  @IsOptional() @IsString() registryId?: string;
  /** Repository of the image. */
  @IsString() @IsNotEmpty() @MaxLength(255) repository: string;
  /** Digest of the manifest, if the sender gave one. */
  @IsOptional() @IsDigest() digest?: string;
  /** Tag, if the sender gave one. */
  @IsOptional() @IsString() tag?: string;
  /** All tags under which the digest was found at once, with `tag` among them. Only if there are several. */
  @IsOptional() @IsTexts() tags?: string[];
  /** Media type of the manifest, if the sender gave one. */
  @IsOptional() @IsString() mediaType?: string;
  /** The sender's clock. */
  @IsTime() occurredAt: string;
  /** Assay's clock. */
  @IsTime() receivedAt: string;
  /**
   * The digest that the tag names, when the sender is `tag`: absent if the tag is gone. The action is `push` if the tag
   * names the digest of this event.
   */
  @IsOptional() @IsDigest() pointsTo?: string;
  /** Digests that do not know what the tag names. Only from a sweep, about a tag. */
  @IsOptional() @AreDigests() others?: string[];
  /** Number of the word about the tags of an index, when the sender is `tag` and the event is about its child. */
  @IsOptional() @IsInt() @Min(1) order?: number;
  /** The index that lists this digest, when the sender is `index`, or `tag` about a child. */
  @IsOptional() @IsDigest() listedIn?: string;
  /** The index that lists this digest was pushed without a tag. Only from an index. */
  @IsOptional() @IsBoolean() byDigest?: boolean;
  /** As received, up to 64 KiB, secrets removed. */
  @Allow() @IsOptional() body?: unknown;
}

export const notificationReceived = defineEvent({
  topic: 'notification.received',
  data: NotificationReceived,
  summary: 'A sender said that a manifest was pushed to or deleted from a registry.',
  examples: {
    1: {
      sender: 'acr',
      senderEventId: 'cb8c3971-9adc-488b-b9b6-43cbb4974ff5',
      action: 'push',
      loginServer: 'myreg.registry.test',
      repository: 'team/hello',
      digest,
      tag: 'v1',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      occurredAt: '2026-11-24T09:15:02.123Z',
      receivedAt: '2026-11-24T09:15:02.345Z',
      body: { id: 'cb8c3971-9adc-488b-b9b6-43cbb4974ff5', action: 'push' },
    },
  },
});
