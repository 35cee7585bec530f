/** What an installation may say differently about the assessment that it shows. Provide it under this class; without one the defaults hold. */
export class AssessmentSettings {
  /** Published queries find the assessment by this text. */
  readonly displayName: string = 'Container registry images should have vulnerability findings resolved (powered by Qualys)';
  /** Assay knows no hierarchy of management groups: unless its subscriptions are given here, a group stands for all of them. */
  readonly managementGroups: Readonly<Record<string, readonly string[]>> = {};

  constructor(said: Partial<AssessmentSettings> = {}) {
    Object.assign(this, said);
  }
}
