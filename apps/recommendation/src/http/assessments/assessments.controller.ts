import { Body, Controller, Delete, Get, Inject, Optional, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { ArmError, badRequest, formatScope, notFound, parseRegistryId, type ScopeParams } from '@assay/arm';
import {
  apiVersions,
  callerOf,
  checkPreconditions,
  Described,
  etagOf,
  InTurn,
  Needs,
  NeedsSomewhere,
  Paging,
  queryOf,
  securityApiVersions,
  reasonOf,
  type ArmReply,
  type ArmRequest,
  type PageOf,
} from '@assay/http';
import { present, type AssessmentWritten } from '@assay/events';
import { LogClient } from '@assay/messaging';
import {
  assessmentsBelow,
  undatedBelow,
  withDates,
  type RegistryAssessment,
  type UndatedAssessment,
} from './assessments.ts';
import { assessmentKeys, shapeOfKey, type AzureShape } from '@assay/read-model/placement/azure';
import { View } from '@assay/read-model/view/view';
import { writtenBelow, writtenNamed } from './written-assessments.ts';
import { recorded } from '../appending.ts';
import { AssessmentBody } from './assessment.dto.ts';
import { assessment, expansions, metadata, writtenAssessment } from './assessment.response.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { atEveryResource, atEveryScope, Scopes } from '../scopes.ts';
import { AssessmentSettings } from './settings.ts';
import * as described from './assessments.openapi.ts';

type Params = ScopeParams & { readonly assessmentName: string };

const one = atEveryScope('assessments/:assessmentName');
const written = atEveryResource('assessments/:assessmentName');
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An event must fit into one record of the log. */
const mostAdditionalBytes = 64 << 10;

/** An entry of a list, with its sort key. */
type Listed = { readonly key: string } & (
  | { readonly own: UndatedAssessment; readonly shape: AzureShape }
  | { readonly written: AssessmentWritten }
);

const keyOf = (resourceId: string, assessmentKey: string): string =>
  `${resourceId}/providers/Microsoft.Security/assessments/${assessmentKey}`.toLowerCase();

/**
 * Recommendations for registries as `Microsoft.Security/assessments`, assessments that clients wrote, and their
 * metadata.
 */
@Controller()
@UseGuards(apiVersions(securityApiVersions), FreshGuard)
export class AssessmentsController {
  readonly #settings: AssessmentSettings;
  /** Serialises read-modify-write requests within this replica; another replica may still interleave. */
  readonly #writing = new InTurn();

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly scopes: Scopes,
    @Inject(LogClient) private readonly log: LogClient,
    @Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings,
  ) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  @Get(atEveryScope('assessments'))
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest, @Param() params: ScopeParams): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request) ?? '';
    const size = this.paging.pageSize;
    const expand = expansions(queryOf(request, '$expand'));
    return this.lanes.page(request, async (query) => {
      const { prefixes } = await this.scopes.known(query, params, request);
      const found: Listed[] = [];
      for (const prefix of prefixes) {
        for (const own of await undatedBelow(query, prefix, this.view.staleBefore()))
          found.push(
            ...this.#settings
              .shapesOf(subscriptionOf(own))
              .map((shape) => ({ key: keyOf(own.registryId, assessmentKeys[shape]), own, shape })),
          );
        for (const written of await writtenBelow(query, prefix))
          found.push({ key: keyOf(written.resourceId, written.assessmentKey), written });
      }
      const rest = found.filter(({ key }) => key > after).toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const page = rest.slice(0, size);
      const last = page.at(-1);
      // The dates cost more than all the rest, so compute them only for the entries of the page.
      const dated = new Map(
        (await withDates(query, [...new Set(page.flatMap((line) => ('own' in line ? line.own : [])))])).map((one) => [
          one.registryKey,
          one,
        ]),
      );
      return {
        value: page.map((line) =>
          'own' in line
            ? this.#own(present(dated.get(line.own.registryKey), 'dated assessment'), line.shape, expand)
            : writtenAssessment(line.written),
        ),
        ...(rest.length > size && last ? { nextLink: this.paging.nextLink(request, last.key) } : {}),
      };
    });
  }

  @Get(one)
  @Needs('findings/read')
  @Described(described.shown)
  async get(
    @Req() request: ArmRequest,
    @Param() params: Params,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    const expand = expansions(queryOf(request, '$expand'));
    const shape = shapeOfKey(params.assessmentName);
    const found = await this.lanes.page(request, async (query) => {
      const { scope, prefixes } = await this.scopes.known(query, params, request);
      if (!shape) {
        const written = await writtenNamed(query, formatScope(scope), params.assessmentName);
        return written && writtenAssessment(written);
      }
      if (scope.kind !== 'registry' || !this.#settings.shapesOf(scope.subscriptionId).includes(shape)) return undefined;
      const [prefix] = prefixes;
      if (prefix === undefined) return undefined;
      const [own] = await assessmentsBelow(query, prefix, this.view.staleBefore());
      return own && this.#own(own, shape, expand);
    });
    if (!found) throw unknown(params);
    reply.header('etag', etagOf(found));
    return found;
  }

  /** Stores an assessment of a client. Assay's own assessments cannot be written. */
  @Put(written)
  @Needs('assessments/write')
  @Described(described.written)
  async put(
    @Param() params: Params,
    @Body() body: AssessmentBody,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    return this.#writing.do(JSON.stringify(params).toLowerCase(), () => this.#put(params, body, request, reply));
  }

  async #put(params: Params, body: AssessmentBody, request: ArmRequest, reply: ArmReply): Promise<object> {
    const { assessmentKey, resourceId, before } = await this.#writable(params, request);
    checkPreconditions(request, before && etagOf(writtenAssessment(before)));
    // A missing body or a list bypasses the validation of the DTO.
    const properties = (body as AssessmentBody | undefined)?.properties;
    if (!properties?.status)
      throw badRequest('InvalidRequestContent', 'The request content must be an object with properties.status.code.', {
        target: 'properties',
      });
    const {
      status: { code, cause = '', description = '' },
      metadata: about,
      partnersData,
      additionalData = {},
    } = properties;
    const displayName = properties.displayName ?? about?.displayName ?? before?.displayName ?? assessmentKey;
    if (Object.values(additionalData).some((value) => typeof value !== 'string'))
      throw badRequest('InvalidRequestContent', 'additionalData must be an object of texts.', {
        target: 'properties.additionalData',
      });
    if (Buffer.byteLength(JSON.stringify(additionalData)) > mostAdditionalBytes)
      throw badRequest(
        'InvalidRequestContent',
        `additionalData must be at most ${mostAdditionalBytes} bytes as JSON.`,
        { target: 'properties.additionalData' },
      );
    const now = new Date().toISOString();
    const data: AssessmentWritten = {
      resourceId,
      assessmentKey,
      displayName,
      code,
      cause,
      description,
      additionalData,
      firstEvaluatedAt: before?.firstEvaluatedAt ?? now,
      changedAt: before?.code === code ? before.changedAt : now,
      ...(partnersData ? { partnerName: partnersData.partnerName } : {}),
      by: callerOf(request).name,
      why: reasonOf(request),
      removed: false,
    };
    await this.#write(data, request);
    const shown = writtenAssessment(data);
    reply.code(before ? 200 : 201).header('etag', etagOf(shown));
    return shown;
  }

  @Delete(written)
  @Needs('assessments/write')
  @Described(described.removed)
  async remove(
    @Param() params: Params,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<void> {
    await this.#writing.do(JSON.stringify(params).toLowerCase(), async () => {
      const { before } = await this.#writable(params, request);
      checkPreconditions(request, before && etagOf(writtenAssessment(before)));
      if (before)
        await this.#write({ ...before, by: callerOf(request).name, why: reasonOf(request), removed: true }, request);
      reply.code(before ? 200 : 204);
    });
  }

  async #writable(
    params: Params,
    request: ArmRequest,
  ): Promise<{
    readonly assessmentKey: string;
    readonly resourceId: string;
    readonly before: AssessmentWritten | undefined;
  }> {
    const assessmentKey = params.assessmentName.toLowerCase();
    if (!guid.test(assessmentKey))
      throw badRequest('InvalidRequestContent', 'An assessment is named by a GUID.', { target: 'assessmentName' });
    return this.lanes.byKey(request, async (query) => {
      const { scope } = await this.scopes.known(query, params, request);
      if (shapeOfKey(assessmentKey))
        throw new ArmError(
          409,
          'Conflict',
          'Assay makes this assessment itself. To disable findings make a rule; to switch it off, switch the plan.',
          { target: 'assessmentName' },
        );
      const resourceId = formatScope(scope);
      return { assessmentKey, resourceId, before: await writtenNamed(query, resourceId, assessmentKey) };
    });
  }

  #write(data: AssessmentWritten, request: ArmRequest): Promise<void> {
    return recorded(this.log, this.view, request, { topic: 'assessment.written', subject: data.resourceId, data });
  }

  #own(one: RegistryAssessment, shape: AzureShape, expand: ReadonlySet<string>): object {
    return assessment(one, shape, this.#settings.displayNames[shape], expand);
  }

  @Get([
    'providers/Microsoft.Security/assessmentMetadata',
    'subscriptions/:subscriptionId/providers/Microsoft.Security/assessmentMetadata',
  ])
  @NeedsSomewhere('findings/read')
  @Described(described.metadataListed)
  metadataList(@Param('subscriptionId') subscriptionId?: string): PageOf<object> {
    return { value: this.#shapes.map((shape) => this.#metadata(shape, subscriptionId)) };
  }

  @Get([
    'providers/Microsoft.Security/assessmentMetadata/:name',
    'subscriptions/:subscriptionId/providers/Microsoft.Security/assessmentMetadata/:name',
  ])
  @NeedsSomewhere('findings/read')
  @Described(described.metadataShown)
  metadataGet(@Param() { subscriptionId, name }: { subscriptionId?: string; name: string }): object {
    const shape = this.#shapes.find((each) => each === shapeOfKey(name));
    const found = this.#metadata(shape ?? 'classic', subscriptionId);
    if (!shape)
      throw notFound(
        'AssessmentMetadataNotFound',
        `There is no assessment metadata '${name}'.`,
        'assessmentMetadataName',
      );
    return found;
  }

  /** Shapes in which any subscription is shown. */
  get #shapes(): readonly AzureShape[] {
    return this.#settings.shown.map(({ shape }) => shape);
  }

  #metadata(shape: AzureShape, subscriptionId: string | undefined): object {
    return metadata(shape, this.#settings.displayNames[shape], subscriptionId);
  }
}

const subscriptionOf = ({ registryId }: UndatedAssessment): string => parseRegistryId(registryId)?.subscriptionId ?? '';

const unknown = ({ assessmentName }: Params): ArmError =>
  notFound('AssessmentNotFound', `There is no assessment '${assessmentName}' of this resource.`, 'assessmentName');
