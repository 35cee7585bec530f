import { Body, Controller, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { parseScope } from '@assay/arm';
import { Described, NeedsSomewhere, strictly, type ArmRequest } from '@assay/http';
import { isoTime, noFindings, present, severities, type BySeverity } from '@assay/events';
import { asOf, gate, tolerances, type GateDecision, type Tolerance } from '../../domain/gate.ts';
import { uuids, type RunQuery } from '@assay/read-model/store/duckdb';
import type { Doubts } from '@assay/read-model/placement/evidence';
import { gatedPlaces } from '../gate/gated.ts';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import { Images, type ShownImage } from '../images/images.ts';
import type { PlacementState } from '@assay/read-model/placement/placement';
import { View } from '@assay/read-model/view/view';
import { afterEffect, effectOf, indexesOf, mayFlip, sumOf, type ImageEffect } from './rule-effect.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { oneIn } from '../list-query.ts';
import { Scopes } from '../scopes.ts';
import { previewed } from './preview.openapi.ts';
import { addFlip, noFlips, statusesIn, type FlipCounts } from './flips.ts';
import { checkedScope, ruleIdIn } from './rule-checks.ts';
import { RulePreviewBody } from './rule.dto.ts';

/** Images whose states are read at once. */
const chunk = 500;
/** Images that are named of those that a rule touches. */
const mostPlaces = 20;

/** Shows the effect that a rule would have. Changes nothing. */
@Controller('assay/rules')
@UseGuards(FreshGuard)
export class RulePreviewController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly scopes: Scopes,
  ) {}

  @Post(':rule/preview')
  @NeedsSomewhere('rules/read')
  @HttpCode(200)
  @Described(previewed)
  async preview(
    @Param('rule') name: string,
    @Body(strictly(RulePreviewBody)) body: unknown,
    @Req() request: ArmRequest,
  ): Promise<object> {
    const ruleId = ruleIdIn(name);
    const given = body as RulePreviewBody;
    const maxSeverity = oneIn(request, 'maxSeverity', tolerances) ?? 'none';
    // Statuses and decisions of all images in the scope are shown.
    const scope = checkedScope(given, request, ['rules/read', 'findings/read', 'gate/read'], this.view.now());
    const fresh = await this.view.freshness();
    const cutOff = fresh.state === 'cut-off' ? fresh.asOf : undefined;
    const { effect, touched, flips } = await this.lanes.walk(request, async (query) => {
      await this.scopes.knownScope(query, present(parseScope(scope), 'scope'));
      const rule = { ruleId, scope, criteria: given.criteria };
      const found = await effectOf(query, rule, this.view.now());
      return {
        effect: found,
        touched: await placesOf(query, found.images),
        flips: await this.#flips(query, found.images, maxSeverity, cutOff),
      };
    });
    return {
      ruleId,
      scope,
      replaces: effect.replaces,
      matches: totalOf(effect.images, 'matched'),
      hides: { ...totalOf(effect.images, 'hidden'), places: touched },
      shows: totalOf(effect.images, 'shown'),
      statuses: statusesIn(flips),
      maxSeverity,
      gateChanges: flips.gateChanges,
      gates: flips.gates,
      asOf: cutOff ?? isoTime(this.view.now()),
    };
  }

  /** The images that may be shown differently, with the indexes above them, before and after. */
  async #flips(
    query: RunQuery,
    effects: ReadonlyMap<string, ImageEffect>,
    maxSeverity: Tolerance,
    cutOff: string | undefined,
  ): Promise<FlipCounts> {
    const own = [...effects].filter(([, effect]) => mayFlip(effect, maxSeverity)).map(([id]) => id);
    const flips = noFlips();
    if (own.length === 0) return flips;
    const ids = await inOrder(query, [...new Set([...own, ...(await indexesOf(query, own))])]);
    const doubts: Doubts = { staleBefore: this.view.staleBefore(), halts: (digest) => this.view.parked.halts(digest) };
    const now = this.view.now();
    const images = new Images(this.view);
    const then = (state: PlacementState): PlacementState =>
      afterEffect(state, effects.get(imageIdOf(state.placement)), doubts, now);
    const decided = async (image: ShownImage): Promise<GateDecision> => {
      const judgement = gate(await gatedPlaces(query, [image], false, doubts), maxSeverity);
      return (cutOff === undefined ? judgement : asOf(judgement, cutOff)).decision;
    };
    for (let from = 0; from < ids.length; from += chunk) {
      const some = ids.slice(from, from + chunk);
      const loaded = await images.loaded(query, some);
      const after = images.shown(loaded, then);
      for (const [at, image] of images.shown(loaded).entries()) {
        const changed = present(after[at], 'image after the change');
        const { registryId, repository, digest } = image.state.placement;
        addFlip(
          flips,
          { registryId, repository, digest },
          { before: image, after: changed },
          { before: await decided(image), after: await decided(changed) },
        );
      }
    }
    return flips;
  }
}

/** The first images in which findings would be disabled, those with the most first. */
const placesOf = async (query: RunQuery, effects: ReadonlyMap<string, ImageEffect>): Promise<readonly object[]> => {
  const hidden = [...effects]
    .map(([id, effect]) => ({ id, findings: sumOf(effect.hidden) }))
    .filter(({ findings }) => findings > 0)
    .toSorted((a, b) => b.findings - a.findings || a.id.localeCompare(b.id))
    .slice(0, mostPlaces);
  if (hidden.length === 0) return [];
  const rows = await query<{ id: string; registryId: string; repository: string; digest: string; tags: string | null }>(
    `select image::varchar as id, registry_id as "registryId", repository, digest, tags from images
    where image in (select unnest($ids::uuid[]))`,
    { ids: uuids(hidden.map(({ id }) => id)) },
  );
  return hidden.flatMap(({ id, findings }) => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) return [];
    const { registryId, repository, digest, tags } = row;
    return [{ registryId, repository, digest, tags: tags?.split('\n').filter(Boolean) ?? [], findings }];
  });
};

/** The ids of images by registry, repository and digest. */
const inOrder = async (query: RunQuery, ids: readonly string[]): Promise<readonly string[]> =>
  (
    await query<{ id: string }>(
      `select image::varchar as id from images where image in (select unnest($ids::uuid[]))
      order by registry_key, repository, digest`,
      { ids: uuids(ids) },
    )
  ).map(({ id }) => id);

const totalOf = (
  effects: ReadonlyMap<string, ImageEffect>,
  which: 'matched' | 'hidden' | 'shown',
): { findings: number; images: number; bySeverity: BySeverity } => {
  const counts = noFindings();
  let images = 0;
  for (const effect of effects.values()) {
    for (const severity of severities) counts[severity] += effect[which][severity];
    if (sumOf(effect[which]) > 0) images += 1;
  }
  return { findings: sumOf(counts), images, bySeverity: counts };
};
