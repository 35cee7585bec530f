import { python } from './programs.ts';
import type { Rendered } from './rendered.ts';

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

/** Kinds of KEDA and of the Prometheus operator: an API server checks them by their definitions. */
const isCustom = ({ apiVersion }: Rendered): boolean => /^(keda\.sh|monitoring\.coreos\.com)\//.test(apiVersion);

/** The problems of objects of Kubernetes' own kinds, for a version of Kubernetes; empty if there are none. */
export const problemsOf = (objects: readonly Rendered[], version: string): string[] =>
  JSON.parse(python(validate, JSON.stringify([version, objects.filter((each) => !isCustom(each))]))) as string[];
