import { python } from './programs.ts';
import { objectsIn, type Rendered } from './rendered.ts';

/** Validates each object of Kubernetes' own kinds; unknown fields are errors. */
const validate = `
import json, sys, kubernetes_validate
version, objects = json.load(sys.stdin)
problems = []
for each in objects:
    try:
        kubernetes_validate.validate(each, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        problems.append(
            f"{each['kind']}/{each['metadata']['name']}: {'.'.join(str(part) for part in error.path)}: {error.message}"
        )
print(json.dumps(problems))
`;

type Field = (value: unknown) => boolean;
const isObject: Field = (value) => typeof value === 'object' && value !== null;
const isNumber: Field = (value) => typeof value === 'number';
const isName: Field = (value) => typeof value === 'string' && value !== '';

/** KEDA's values are texts, numbers too. */
const areTexts: Field = (value) =>
  isObject(value) && Object.values(value as object).every((each) => typeof each === 'string');

const fieldsOf = (
  object: unknown,
  wanted: Readonly<Record<string, Field>>,
  known: readonly string[] = [],
): string[] => {
  const given = (object ?? {}) as Record<string, unknown>;
  return [
    ...Object.entries(wanted)
      .filter(([name, fits]) => !fits(given[name]))
      .map(([name]) => `${name} is missing or wrong`),
    ...Object.keys(given)
      .filter((name) => !(name in wanted) && !known.includes(name))
      .map((name) => `${name} is unknown`),
  ];
};

/** The required fields of the two scalers in use (https://keda.sh/docs). */
const triggerFields: Readonly<Record<string, readonly string[]>> = {
  kafka: ['bootstrapServers', 'consumerGroup', 'topic', 'lagThreshold'],
  prometheus: ['serverAddress', 'query', 'threshold'],
};

const scaledObject = ({ spec }: Rendered): string[] => {
  const { triggers = [], scaleTargetRef } = spec as {
    triggers?: { type: string; metadata: Record<string, string> }[];
    scaleTargetRef?: object;
  };
  return [
    ...fieldsOf(
      spec,
      { scaleTargetRef: isObject, triggers: Array.isArray, minReplicaCount: isNumber, maxReplicaCount: isNumber },
      ['cooldownPeriod', 'pollingInterval', 'advanced', 'fallback'],
    ),
    ...fieldsOf(scaleTargetRef, { name: isName }),
    ...(triggers.length === 0 ? ['triggers are missing'] : []),
    ...triggers.flatMap((trigger) => [
      ...fieldsOf(trigger, { type: (type) => typeof type === 'string' && type in triggerFields, metadata: areTexts }, [
        'authenticationRef',
        'metricType',
        'name',
      ]),
      ...(triggerFields[trigger.type] ?? [])
        .filter((name) => !trigger.metadata?.[name])
        .map((name) => `${trigger.type}: ${name} is missing`),
    ]),
  ];
};

const triggerAuthentication = ({ spec }: Rendered): string[] => {
  const { secretTargetRef = [] } = spec as { secretTargetRef?: object[] };
  return [
    ...fieldsOf(spec, { secretTargetRef: Array.isArray }),
    ...secretTargetRef.flatMap((each) => fieldsOf(each, { parameter: isName, name: isName, key: isName })),
  ];
};

const prometheusRule = ({ spec }: Rendered): string[] => {
  const { groups = [] } = spec as { groups?: { name: string; rules: object[] }[] };
  return [
    ...fieldsOf(spec, { groups: (given) => Array.isArray(given) && given.length > 0 }),
    ...groups.flatMap((group) => [
      ...fieldsOf(group, { name: isName, rules: Array.isArray }, ['interval']),
      ...group.rules.flatMap((rule) =>
        fieldsOf(rule, { alert: isName, expr: isName, labels: areTexts, annotations: areTexts }, ['for']),
      ),
    ]),
  ];
};

const podMonitor = ({ spec }: Rendered): string[] => {
  const { podMetricsEndpoints = [] } = spec as { podMetricsEndpoints?: object[] };
  return [
    ...fieldsOf(spec, { namespaceSelector: isObject, selector: isObject, podMetricsEndpoints: Array.isArray }),
    ...podMetricsEndpoints.flatMap((each) =>
      fieldsOf(each, { portNumber: isNumber, path: isName, interval: isName, honorLabels: (given) => given === true }),
    ),
  ];
};

/** Custom kinds: no package has their definitions, so the important fields are checked by hand. */
const ours: Readonly<Record<string, (object: Rendered) => string[]>> = {
  'keda.sh/v1alpha1/ScaledObject': scaledObject,
  'keda.sh/v1alpha1/TriggerAuthentication': triggerAuthentication,
  'monitoring.coreos.com/v1/PodMonitor': podMonitor,
  'monitoring.coreos.com/v1/PrometheusRule': prometheusRule,
};

/** The problems of rendered objects, for a version of Kubernetes; empty if there are none. */
export const problemsOf = (yaml: string, version: string): string[] => {
  const objects = objectsIn(yaml);
  const kindOf = ({ apiVersion, kind }: Rendered): string => `${apiVersion}/${kind}`;
  const known = objects.filter((object) => !(kindOf(object) in ours));
  return [
    ...(JSON.parse(python(validate, JSON.stringify([version, known]))) as string[]),
    ...objects.flatMap((object) =>
      (ours[kindOf(object)]?.(object) ?? []).map((problem) => `${object.kind}/${object.metadata.name}: ${problem}`),
    ),
  ];
};
