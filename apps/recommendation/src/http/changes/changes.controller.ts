import { Controller, Get, Req, Res, StreamableFile, UseGuards } from '@nestjs/common';
import Negotiator from 'negotiator';
import { ArmError } from '@assay/arm';
import {
  Described,
  headerOf,
  NeedsSomewhere,
  Paging,
  PositionSeal,
  type ArmReply,
  type ArmRequest,
  topIn,
} from '@assay/http';
import {
  isAmong,
  latestChanges,
  positionIn,
  type ChangeFilter,
  type ChangePosition,
  type LatestPosition,
} from '@assay/read-model/intake/changes';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { readerOf } from '../reader.ts';
import { flagIn, readableIn } from '../list-query.ts';
import { changeShown } from './change.response.ts';
import * as described from './changes.openapi.ts';
import { positionOf } from './position.ts';
import { ChangeStreams } from './stream.ts';

const streamType = 'text/event-stream';

/** @throws ArmError 400 */
const filterIn = (request: ArmRequest): ChangeFilter => ({
  prefixes: readableIn(request),
  isPush: flagIn(request, 'push'),
});

const unusable = (why: string): ArmError =>
  new ArmError(
    410,
    'PositionGone',
    `The Last-Event-ID ${why}. Read the latest changes, GET /assay/changes as application/json, and go on from their ` +
      'position.',
    { target: 'Last-Event-ID' },
  );

/** Changes of recommendations: the latest ones, or as they come. */
@Controller('assay/changes')
@UseGuards(FreshGuard)
export class ChangesController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly streams: ChangeStreams,
    private readonly seal: PositionSeal,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.changes)
  async changes(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object | StreamableFile> {
    reply.header('vary', 'Accept');
    const type = new Negotiator({ headers: { accept: headerOf(request, 'accept') || '*/*' } }).mediaType([
      'application/json',
      streamType,
    ]);
    if (!type) throw new ArmError(406, 'NotAcceptable', `There is application/json, and ${streamType}.`);
    return type === streamType ? this.#stream(request, reply) : this.#page(request);
  }

  async #page(request: ArmRequest): Promise<object> {
    const after = this.#after(request);
    const top = topIn(request);
    const filter = filterIn(request);
    // To know the first answers to pushes, all changes are read.
    const lane = filter.isPush === undefined ? 'page' : 'walk';
    return this.lanes[lane](request, async (query) => {
      const changes = await latestChanges(query, filter, top + 1, after);
      const last = changes[top - 1];
      return {
        value: changes.slice(0, top).map(changeShown),
        position: this.seal.seal('changes', await positionIn(query, this.view.partitions)),
        ...(changes.length > top && last
          ? {
              nextLink: this.paging.nextLink(
                request,
                this.seal.seal('page of changes', [last.atMs, last.partition, last.offset] satisfies LatestPosition),
              ),
            }
          : {}),
      };
    });
  }

  /** The last change of the page before. A link of before 0.2 has it as it is (position.ts). */
  #after(request: ArmRequest): LatestPosition | undefined {
    const given = this.paging.position<string | LatestPosition>(request);
    return typeof given === 'string' ? (this.seal.unseal('page of changes', given) as LatestPosition) : given;
  }

  async #stream(request: ArmRequest, reply: ArmReply): Promise<StreamableFile> {
    const filter = filterIn(request);
    const position = await this.#resumed(request);
    // Intermediaries must pass each event on at once.
    reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no');
    if (request.method === 'HEAD') return new StreamableFile(Buffer.of(), { type: streamType });
    const body = await this.streams.open({
      position,
      isReadable: (change) => isAmong(filter, change),
      shown: changeShown,
      caller: readerOf(request).caller,
      closed: readerOf(request).closed,
    });
    return new StreamableFile(body, { type: streamType });
  }

  async #resumed(request: ArmRequest): Promise<ChangePosition | undefined> {
    const id = headerOf(request, 'last-event-id');
    if (id === undefined || id === '') return undefined;
    const position = positionOf(id, this.seal, this.view.partitions);
    const isOfThisLog = position && (await this.view.hasChangesBefore(position));
    if (!position || !isOfThisLog)
      throw unusable('is none of this stream: the log or the key was replaced, or it is damaged');
    const { mostBehind } = this.streams.limits;
    if ((await this.view.placesBehind(position)) > mostBehind)
      throw unusable(`is more than ${mostBehind} changes behind`);
    return position;
  }
}
