import { isSubscriptionId } from '@assay/arm';
import type { SubscriptionNames } from '@assay/http';
import { allShapes, type AzureShape } from '@assay/read-model/placement/azure';
import type { ShownIn } from '../sub-assessments/sub-assessments.ts';

/**
 * Settings of an installation for the assessment that it shows. Provide it under this class; otherwise the defaults
 * apply.
 */
export class AssessmentSettings {
  /** Display name of each recommendation: published queries find it by this text. */
  readonly displayNames: Readonly<Record<AzureShape, string>> = {
    classic: 'Container registry images should have vulnerability findings resolved (powered by Qualys)',
    mdvm:
      'Container registry images should have vulnerability findings resolved (powered by Microsoft Defender ' +
      'Vulnerability Management)',
  };
  /** Shapes of each subscription, by id in lower case; `*` is for all others. */
  readonly shapes: Readonly<Record<string, readonly AzureShape[]>> = { '*': ['classic'] };
  /**
   * Assay knows no hierarchy of management groups: unless its subscriptions are given here, a group stands for all
   * subscriptions.
   */
  readonly managementGroups: Readonly<Record<string, readonly string[]>> = {};
  /** Configured subscriptions. Others are known by their registries, images or plans. */
  readonly subscriptions: SubscriptionNames = {};

  constructor(emitted: Partial<AssessmentSettings> = {}) {
    Object.assign(this, emitted);
  }

  /** In the order of their keys. */
  shapesOf(subscriptionId: string): readonly AzureShape[] {
    const wanted = this.shapes[subscriptionId.toLowerCase()] ?? this.#otherwise;
    return allShapes.filter((shape) => wanted.includes(shape));
  }

  /** The inverse: the subscriptions shown in each shape. */
  get shown(): readonly ShownIn[] {
    return allShapes
      .map((shape) => {
        const others = this.#otherwise.includes(shape);
        return {
          shape,
          others,
          subscriptions: Object.entries(this.shapes)
            .filter(([name, wanted]) => name !== '*' && wanted.includes(shape) !== others)
            .map(([name]) => name),
        };
      })
      .filter(({ others, subscriptions }) => others || subscriptions.length > 0);
  }

  get #otherwise(): readonly AzureShape[] {
    return this.shapes['*'] ?? ['classic'];
  }
}

const presets: Readonly<Record<string, readonly AzureShape[]>> = {
  classic: ['classic'],
  mdvm: ['mdvm'],
  both: ['classic', 'mdvm'],
};

/**
 * Parses `classic`, `mdvm` or `both`, for all subscriptions or for each: `{"*":"classic","<subscription id>":"both"}`.
 * @throws Error that names the setting
 */
export const shapesIn = (text: string): AssessmentSettings['shapes'] => {
  const invalid = (why: string): Error =>
    new Error(
      `ASSAY_ASSESSMENT_SHAPES ${why}: give classic, mdvm or both, or JSON such as ` +
        '{"*":"classic","00000000-0000-0000-0000-000000000001":"both"}',
    );
  if (presets[text]) return { '*': presets[text] };
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw invalid(`is '${text}'`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('is not an object');
  return Object.fromEntries(
    Object.entries(given).map(([name, preset]: [string, unknown]) => {
      if (name !== '*' && !isSubscriptionId(name)) throw invalid(`names '${name}', which is not a subscription id`);
      const shapes = typeof preset === 'string' && Object.hasOwn(presets, preset) ? presets[preset] : undefined;
      if (!shapes) throw invalid(`has ${JSON.stringify(preset)} for '${name}'`);
      return [name.toLowerCase(), shapes];
    }),
  );
};

/**
 * Parses the subscriptions of management groups: `{"production":["<subscription id>"]}`. The subscriptions of a nested
 * group are listed under both groups.
 * @throws Error that names the setting
 */
export const managementGroupsIn = (text: string): AssessmentSettings['managementGroups'] => {
  const invalid = (why: string): Error =>
    new Error(
      `ASSAY_MANAGEMENT_GROUPS ${why}: give JSON such as {"production":["00000000-0000-0000-0000-000000000001"]}`,
    );
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('is not an object');
  const groups = Object.entries(given) as [string, unknown][];
  for (const [at, [name, ids]] of groups.entries()) {
    if (name.trim() === '' || groups.findIndex(([other]) => other.toLowerCase() === name.toLowerCase()) !== at)
      throw invalid(`names the group '${name}' twice, or not at all`);
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string' && isSubscriptionId(id)))
      throw invalid(`has a value for '${name}' that is not a list of subscription ids`);
  }
  return Object.fromEntries(groups.map(([name, ids]) => [name, (ids as string[]).map((id) => id.toLowerCase())]));
};
