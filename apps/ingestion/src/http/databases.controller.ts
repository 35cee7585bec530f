import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ArmError, badRequest, unavailable } from '@assay/arm';
import { DatabaseError } from '@assay/advisories';
import { BlobFailure, type StoredBlob } from '@assay/event-sourcing';
import { isDigest } from '@assay/events';
import { callerOf, clientRequestIdOf, Described, Needs, type ArmRequest } from '@assay/http';
import { RegistryError } from '@assay/registry';
import type { DatabaseFreshness } from '../advisories/freshness.ts';
import type { JavaStanding } from '../advisories/java-keeper.ts';
import type { DatabaseStanding, RecallView, WaitingDatabase, Updated } from '../advisories/keeper.ts';
import { DatabaseOrders, type OrderStanding } from '../advisories/orders.ts';
import { Refresher } from '../advisories/refresher.ts';
import { jsonIn, type IngestRequest } from './answers.ts';
import * as described from './databases.openapi.ts';

const mostWhy = 1000;

/** A refusal of a database is an answer with its code, cause and remedy. */
const answered = async <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    if (error instanceof DatabaseError)
      throw new ArmError(
        error.code === 'database-unknown' ? 404 : 409,
        error.code,
        `${error.message}. To do: ${error.remedy}.`,
      );
    if (error instanceof RegistryError) throw new ArmError(409, error.code, error.message);
    if (error instanceof BlobFailure)
      throw error.retriable ? unavailable(error.message, 5) : new ArmError(409, error.code, error.message);
    throw error;
  });

interface Content {
  readonly why?: unknown;
  readonly force?: unknown;
  readonly dataref?: unknown;
  readonly bytes?: unknown;
  readonly healthy?: unknown;
  readonly sources?: unknown;
}

const contentOf = (request: IngestRequest): Content => (jsonIn(request) ?? {}) as Content;

const whyIn = ({ why }: Content): string => {
  if (typeof why === 'string' && /\S/.test(why) && why.length <= mostWhy) return why;
  throw badRequest(
    'InvalidRequestContent',
    'The request content must be an object with `why`: the reason goes into the audit trail.',
    { target: 'why' },
  );
};

const healthyIn = ({ healthy }: Content): number => {
  if (Number.isSafeInteger(healthy)) return healthy as number;
  throw badRequest(
    'InvalidRequestContent',
    'The request content must have `healthy`: the number of images that would become healthy, as the list shows it.',
    { target: 'healthy' },
  );
};

const digestIn = (text: string): string => {
  if (isDigest(text)) return text;
  throw badRequest('InvalidDigest', 'A database is named by sha256: and 64 hex digits.', { target: 'digest' });
};

const blobIn = ({ dataref, bytes }: Content): StoredBlob => {
  const [, hex] = /^databases\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(String(dataref)) ?? [];
  if (typeof dataref === 'string' && hex !== undefined && Number.isSafeInteger(bytes) && (bytes as number) >= 0)
    return { dataref, sha256: `sha256:${hex}`, bytes: bytes as number };
  throw badRequest('InvalidRequestContent', 'The request content must name a blob of the area `databases`.', {
    target: 'dataref',
  });
};

const sorted = (names: readonly unknown[]): string => names.map(String).toSorted().join(', ');

/** A client whose settings name other places than those of this suite would believe that they were asked. */
const requireSources = ({ sources }: Content, own: readonly string[]): void => {
  if (sources === undefined || (Array.isArray(sources) && sorted(sources) === sorted(own))) return;
  throw new ArmError(
    409,
    'DatabaseSourcesDiffer',
    `This suite takes databases from its own places (${sorted(own) || 'off'}), and not from those of the order ` +
      `(${sorted([sources].flat()) || 'off'}). To do: set ASSAY_DATABASE_SOURCES of ingestion, or of the suite, and ` +
      'restart it; unset it for this command; or take an archive by `assay database import`.',
    { target: 'sources' },
  );
};

/** The vulnerability databases of the installation. */
@Controller('assay/databases')
export class DatabasesController {
  constructor(
    private readonly orders: DatabaseOrders,
    private readonly refresher: Refresher,
  ) {}

  @Get()
  @Needs('scanners/read')
  @Described(described.listed)
  async list(): Promise<{
    readonly value: readonly DatabaseStanding[];
    readonly java: readonly JavaStanding[];
    readonly freshness: DatabaseFreshness;
    readonly held?: WaitingDatabase;
  }> {
    const value = await answered(this.orders.keeper.list());
    const java = await answered(this.orders.keeper.listJava());
    const held = await answered(this.orders.keeper.held());
    return { value, java, freshness: this.refresher.freshness(value[0], held), ...(held ? { held } : {}) };
  }

  /** Answers after some seconds at the latest. A client repeats the request, with its id, while the order runs. */
  @Post('update')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.updated)
  async update(@Req() request: ArmRequest & IngestRequest): Promise<OrderStanding> {
    const content = contentOf(request);
    requireSources(content, this.orders.keeper.sources);
    return answered(this.orders.update(clientRequestIdOf(request), content.force === true));
  }

  @Post('import')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.imported)
  async import(@Req() request: ArmRequest & IngestRequest): Promise<OrderStanding> {
    const content = contentOf(request);
    return answered(this.orders.import(clientRequestIdOf(request), blobIn(content), content.force === true));
  }

  @Post('verify')
  @HttpCode(200)
  @Needs('scanners/read')
  @Described(described.verified)
  verify(@Req() request: ArmRequest & IngestRequest): Promise<OrderStanding> {
    return answered(this.orders.verify(clientRequestIdOf(request)));
  }

  @Post(':digest/use')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.used)
  async use(@Param('digest') digest: string): Promise<Updated> {
    return answered(this.orders.keeper.use(digestIn(digest)));
  }

  @Post(':digest/release')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.released)
  async release(@Param('digest') digest: string, @Req() request: ArmRequest & IngestRequest): Promise<Updated> {
    const content = contentOf(request);
    const order = { by: callerOf(request).name, why: whyIn(content) };
    return answered(this.orders.release(digestIn(digest), healthyIn(content), order));
  }

  @Post(':digest/refuse')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.refused)
  async refuse(
    @Param('digest') digest: string,
    @Req() request: ArmRequest & IngestRequest,
  ): Promise<{ readonly digest: string }> {
    const order = { by: callerOf(request).name, why: whyIn(contentOf(request)) };
    await answered(this.orders.refuse(digestIn(digest), order));
    return { digest };
  }

  /** Recalls nothing, and asks the runners what a recall would change. */
  @Post(':digest/recall/preview')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.lookedAt)
  async lookAtRecall(@Param('digest') digest: string): Promise<RecallView> {
    return answered(this.orders.keeper.lookAtRecall(digestIn(digest)));
  }

  @Post(':digest/recall')
  @HttpCode(200)
  @Needs('scanners/write')
  @Described(described.recalled)
  async recall(
    @Param('digest') digest: string,
    @Req() request: ArmRequest & IngestRequest,
  ): Promise<{ readonly digest: string; readonly instead?: Updated }> {
    const order = { by: callerOf(request).name, why: whyIn(contentOf(request)) };
    const instead = await answered(this.orders.keeper.recall(digestIn(digest), order));
    return { digest, ...(instead ? { instead } : {}) };
  }
}
