import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ArmError, unavailable } from '@assay/arm';
import { Described, NeedsSomewhere, Paging, queryOf, Unmetered, type ArmReply, type ArmRequest } from '@assay/http';
import { asOf, deniedBy, gate, tolerances, type Judgement, type Tolerance } from '../../domain/gate.ts';
import { platformFrom, platformText, type PlatformName } from '@assay/read-model/placement/platform';
import { gatedPlaces, leftOutOf, type GatedPlace } from './gated.ts';
import { firstUpgrade } from '../fixes/fix-list.ts';
import { digestsOf, Images } from '../images/images.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import { View } from '@assay/read-model/view/view';
import { checkedDigest, unknownImage } from '../digest.ts';
import { counter } from '@assay/telemetry';
import { FreshGuard } from '../fresh.guard.ts';
import { flagIn, oneIn, refused } from '../list-query.ts';
import { judgementShown } from './gate.response.ts';
import { LongPolling } from '../images/long-polling.ts';
import { isAt, whereIn } from '../where.ts';
import { judged, statedAs } from './gate.openapi.ts';
import { rulesPolicy, stated, StatementKey } from './statement.ts';

/** Decides for pipelines whether an image may be deployed. */
@Controller('assay')
@UseGuards(FreshGuard)
export class GateController {
  readonly #images: Images;
  readonly #decisions = counter('gate', 'recommendation');

  constructor(
    private readonly view: View,
    private readonly patience: LongPolling,
    private readonly signing: StatementKey,
    private readonly paging: Paging,
  ) {
    this.#images = new Images(view);
  }

  @Get('images/:digest/gate')
  @Unmetered()
  @NeedsSomewhere('gate/read')
  @Described(judged)
  async get(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @Param('digest') digest: string,
  ): Promise<object> {
    const isPreview = flagIn(request, 'preview') ?? false;
    const { policy, judgement, leftOut, more } = await this.#judged(request, reply, digest, upgradeIn);
    if (!isPreview) this.#decisions.add(1, { decision: judgement.decision, reason: kindOf(judgement.reason) });
    const page = `${this.paging.base(request)}/portal/images/${digest}`;
    return judgementShown(digest, policy, judgement, { page, leftOut, upgrade: more });
  }

  /** The same, signed, for those who were not there: what held for the image, when, by which rules and database. */
  @Get('images/:digest/statement')
  @NeedsSomewhere('gate/read')
  @Described(statedAs)
  async statement(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @Param('digest') digest: string,
  ): Promise<object> {
    const { key } = this.signing;
    if (!key)
      throw new ArmError(
        409,
        'StatementsNotSigned',
        'This installation has no key for statements. To do: set ASSAY_SEAL_KEY_FILE of recommendation.',
      );
    const { policy, scope, judgement, more } = await this.#judged(request, reply, digest, rulesPolicy);
    if (judgement.places.length === 0) throw unknownImage(digest);
    return stated(digest, { ...policy, ...scope }, more, judgement, this.view.now(), key);
  }

  /** @param read reads more in the same view */
  async #judged<T>(
    request: ArmRequest,
    reply: ArmReply,
    digest: string,
    read: (query: RunQuery, judgement: Judgement<GatedPlace>, maxSeverity: Tolerance) => Promise<T>,
  ) {
    const platform = platformIn(request);
    const policy = {
      maxSeverity: oneIn(request, 'maxSeverity', tolerances) ?? 'none',
      onlyFixable: flagIn(request, 'onlyFixable') ?? false,
      ...(platform ? { platform: platformText(platform) } : {}),
    };
    const where = whereIn(request, 'gate/read');
    const {
      judgement: found,
      leftOut,
      more,
    } = await this.patience.answer(request, reply, checkedDigest(digest), async (query) => {
      const images = (await this.#images.ofDigest(query, digest, where.prefixes)).filter(({ state }) =>
        isAt(state.placement, where),
      );
      const doubts = { staleBefore: this.view.staleBefore(), halts: (of: string) => this.view.parked.halts(of) };
      const { onlyFixable, maxSeverity } = policy;
      const judgement = gate(await gatedPlaces(query, images, onlyFixable, doubts, platform), maxSeverity);
      const answer = {
        judgement,
        leftOut: leftOutOf(images, platform),
        more: await read(query, judgement, maxSeverity),
      };
      return { answer, isFinal: !judgement.pending, digests: images.flatMap(digestsOf) };
    });
    const { subscriptionId: subscription, repository, prefixes } = where;
    const scope = { subscription, repository, ...(prefixes.includes('') ? {} : { below: prefixes }) };
    return { policy, scope, judgement: await this.#current(found), leftOut, more };
  }

  /** Checks freshness again after a long wait: an image is allowed only by the present state of the log. */
  async #current(judgement: Judgement<GatedPlace>): Promise<Judgement<GatedPlace>> {
    const fresh = await this.view.freshness();
    if (fresh.state === 'behind') throw unavailable('The read model has not caught up with the log yet.');
    return fresh.state === 'cut-off' ? asOf(judgement, fresh.asOf) : judgement;
  }
}

/** The upgrade that closes the most of the findings that deny. */
const upgradeIn = (query: RunQuery, { places }: Judgement<GatedPlace>, maxSeverity: Tolerance) => {
  const denied = places.filter(({ ruling }) => ruling.decision === 'deny');
  return denied.length === 0
    ? Promise.resolve(undefined)
    : firstUpgrade(query, denied.map(imageIdOf), deniedBy(maxSeverity));
};

/** A reason without its details: `undetermined/failed` for every code of a failed scan. */
const kindOf = (reason: string): string => reason.split('/', 2).join('/');

const platformIn = (request: ArmRequest): PlatformName | undefined => {
  const text = queryOf(request, 'platform');
  if (text === undefined) return undefined;
  const platform = platformFrom(text);
  if (platform) return platform;
  throw refused('platform', 'os/architecture or os/architecture/variant', text);
};
