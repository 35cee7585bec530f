import type { PlanChanged } from './events/plan.changed.ts';
import type { Mode } from './vocabulary.ts';

/** Azure's extension of the plan `Containers`: where it is off, that plan scans no registry. */
export const registryScanning = 'ContainerRegistriesVulnerabilityAssessments';
/**
 * Assay's own: whether findings count in images that nobody can log in to or update, as distroless ones and those from
 * scratch.
 */
export const hardenedImages = 'AssayHardenedImages';

type Extended = Pick<PlanChanged, 'extensions'>;

/** Whether an extension is on; nothing where the plan was never told. Names have no case. */
export const extensionOf = ({ extensions }: Extended, name: string): boolean | undefined => {
  const found = extensions?.find((extension) => extension.name.toLowerCase() === name.toLowerCase());
  return found && found.isEnabled.toLowerCase() === 'true';
};

/** Whether images are scanned by this plan. */
export const planScans = (plan: Pick<PlanChanged, 'plan' | 'tier' | 'extensions'>): boolean =>
  plan.tier === 'Standard' && !(plan.plan === 'Containers' && extensionOf(plan, registryScanning) === false);

/**
 * How a plan assesses: as it was set, else as its extension says, else as the plan does in Azure. That of 2020 knows no
 * hardened images, its successor does.
 */
export const planMode = (plan: Pick<PlanChanged, 'plan' | 'extensions' | 'setMode'>): Mode => {
  const hardened = extensionOf(plan, hardenedImages) ?? plan.plan === 'Containers';
  return plan.setMode ?? (hardened ? 'extended' : 'classic');
};
