import type { PlanChanged } from './events/plan.changed.ts';
import type { Mode } from './vocabulary.ts';

/** Azure's extension of the plan `Containers`. If it is off, that plan scans no registry. */
export const registryScanning = 'ContainerRegistriesVulnerabilityAssessments';
/**
 * Assay's own extension. It decides whether findings count in images without a shell or package manager, such as
 * distroless images.
 */
export const hardenedImages = 'AssayHardenedImages';

type Extended = Pick<PlanChanged, 'extensions'>;

/** Whether an extension is on, or nothing if the plan does not name it. Names are not case-sensitive. */
export const extensionOf = ({ extensions }: Extended, name: string): boolean | undefined => {
  const found = extensions?.find((extension) => extension.name.toLowerCase() === name.toLowerCase());
  return found && found.isEnabled.toLowerCase() === 'true';
};

/** True if this plan scans images. */
export const planScans = (plan: Pick<PlanChanged, 'plan' | 'tier' | 'extensions'>): boolean =>
  plan.tier === 'Standard' && !(plan.plan === 'Containers' && extensionOf(plan, registryScanning) === false);

/**
 * The mode of a plan: as set, else by its extension, else as the plan does in Azure. There, the plan of 2020 does not
 * assess hardened images, and its successor does.
 */
export const planMode = (plan: Pick<PlanChanged, 'plan' | 'extensions' | 'setMode'>): Mode => {
  const hardened = extensionOf(plan, hardenedImages) ?? plan.plan === 'Containers';
  return plan.setMode ?? (hardened ? 'extended' : 'classic');
};
