import { useMutation } from '@tanstack/react-query';
import { useId, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';
import { answered, api } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { queries } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { useRegistries, useSubscriptions } from '../../api/use-subscriptions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureView } from '../../components/states.tsx';
import { lastOf } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { texts } from '../../texts.ts';
import { criteriaOf, dayIn, expiryOf, nameFor, problemIn, type Draft } from './draft.ts';
import { Preview } from './preview.tsx';
import styles from './exemptions.module.css';
import { exemptionTexts } from './texts.ts';

const words = exemptionTexts;

/** Beginning of a new rule: the rows that were selected. */
export interface ExemptionStart {
  readonly scope?: string;
  readonly vulnerabilities?: readonly string[];
  /** The image whose findings were selected: the rule begins with it alone. */
  readonly digest?: string;
  /** True if no version fixes any of them yet: the rule begins as one that ends for each with its fix. */
  readonly isUntilFixable?: boolean;
}

const Field = ({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string) => ReactNode;
}): ReactElement => {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint === undefined ? null : <span className={styles.hint}>{hint}</span>}
    </div>
  );
};

/** Subscriptions and registries that a rule can be made for. */
const useScopes = (chosen: string): readonly (readonly [scope: string, name: string])[] => {
  const registries = useRegistries().data?.value ?? [];
  const subscriptions = useSubscriptions();
  const all = [
    ...subscriptions.map(({ id, name }) => [`/subscriptions/${id}`, words.scopeOfSubscription(name)] as const),
    ...registries.map(({ registryId }) => [registryId, words.scopeOfRegistry(lastOf(registryId))] as const),
  ];
  return all.some(([scope]) => scope === chosen) || chosen === '' ? all : [[chosen, lastOf(chosen)], ...all];
};

const bodyOf = (draft: Draft) => {
  const expiresAt = expiryOf(draft);
  return { scope: draft.scope, criteria: criteriaOf(draft), ...(expiresAt === undefined ? {} : { expiresAt }) };
};

const failureIn = (error: Error | null): ApiFailure | undefined =>
  error === null ? undefined : error instanceof ApiFailure ? error : new ApiFailure(0, 'Unexpected', error.message);

/**
 * Makes a rule. A preview of its effect comes first, and goes with the next change of the draft: no rule is made whose
 * effect was not seen.
 */
export const ExemptionDialog = ({
  start,
  close,
  made,
}: {
  readonly start: ExemptionStart;
  readonly close: () => void;
  readonly made?: () => void;
}): ReactElement => {
  const [now] = useState(() => Date.now());
  const [draft, setDraft] = useState<Draft>(() => ({
    name: nameFor(start.vulnerabilities ?? [], dayIn(0, now)),
    scope: start.scope ?? '',
    vulnerabilities: (start.vulnerabilities ?? []).join('\n'),
    digests: start.digest ?? '',
    severityBelow: '',
    isUntilFixable: start.isUntilFixable ?? false,
    reason: '',
    expires: dayIn(30, now),
  }));
  const scopes = useScopes(draft.scope);
  const whole: Draft = draft.scope === '' ? { ...draft, scope: scopes[0]?.[0] ?? '' } : draft;
  const problem = problemIn(whole, now);
  const rights = usePrevented('rules/write', texts.rights.needs);
  const preview = useMutation({
    mutationFn: (of: Draft) =>
      answered(api.POST('/assay/rules/{rule}/preview', { params: { path: { rule: of.name } }, body: bodyOf(of) })),
  });
  const make = useMutation({
    mutationFn: (of: Draft) =>
      answered(
        api.PUT('/assay/rules/{rule}', {
          params: { path: { rule: of.name } },
          body: { ...bodyOf(of), reason: of.reason.trim() },
        }),
      ),
    onSuccess: () => {
      // Findings follow the rule within moments; each list asks again when it is seen.
      void queries.invalidateQueries();
      made?.();
      close();
    },
  });
  const change = (patch: Partial<Draft>): void => {
    setDraft({ ...whole, ...patch });
    preview.reset();
    make.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (problem !== undefined || rights !== undefined) return;
    if (preview.isSuccess) make.mutate(whole);
    else preview.mutate(whole);
  };
  const failure = failureIn(make.error ?? preview.error);
  return (
    <Dialog title={words.newTitle} isOpen onClose={close} place="side">
      <form onSubmit={submit} className={styles.form}>
        <Field label={words.fields.vulnerabilities} hint={words.hints.vulnerabilities}>
          {(id) => (
            <textarea
              id={id}
              rows={Math.min(6, Math.max(2, draft.vulnerabilities.split('\n').length))}
              value={draft.vulnerabilities}
              spellCheck={false}
              onChange={({ target }) => change({ vulnerabilities: target.value })}
            />
          )}
        </Field>
        <Field label={words.fields.scope}>
          {(id) => (
            <select id={id} value={whole.scope} onChange={({ target }) => change({ scope: target.value })}>
              {scopes.map(([scope, name]) => (
                <option key={scope} value={scope}>
                  {harmless(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {start.digest === undefined ? null : (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={draft.digests !== ''}
              onChange={({ target }) => change({ digests: target.checked ? (start.digest ?? '') : '' })}
            />
            {words.fields.onlyImage}
          </label>
        )}
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={draft.isUntilFixable}
            onChange={({ target }) => change({ isUntilFixable: target.checked })}
          />
          {words.fields.untilFixable}
        </label>
        <div className={styles.pair}>
          <Field label={words.fields.severityBelow}>
            {(id) => (
              <select
                id={id}
                value={draft.severityBelow}
                onChange={({ target }) => change({ severityBelow: target.value as Draft['severityBelow'] })}
              >
                <option value="">{texts.images.anySeverity}</option>
                {(['Critical', 'High', 'Medium', 'Low'] as const).map((severity) => (
                  <option key={severity} value={severity}>
                    {words.below(severity)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={words.fields.expires}>
            {(id) => (
              <input
                id={id}
                type="date"
                value={draft.expires}
                min={dayIn(0, now)}
                onChange={({ target }) => change({ expires: target.value })}
              />
            )}
          </Field>
        </div>
        <Field label={words.fields.reason} hint={words.hints.reason}>
          {(id) => (
            <textarea
              id={id}
              rows={2}
              maxLength={1000}
              data-first={start.vulnerabilities === undefined ? undefined : true}
              value={draft.reason}
              onChange={({ target }) => {
                setDraft({ ...whole, reason: target.value });
                make.reset();
              }}
            />
          )}
        </Field>
        <Field label={words.fields.name}>
          {(id) => (
            <input
              id={id}
              value={draft.name}
              spellCheck={false}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        {preview.data === undefined ? null : <Preview of={preview.data.data} image={start.digest} />}
        {failure === undefined ? null : (
          <FailureView of={failure} retry={() => (preview.isSuccess ? make.mutate(whole) : preview.mutate(whole))} />
        )}
        <div className={styles.actions}>
          <Button
            look="main"
            type="submit"
            prevented={rights ?? (problem === undefined ? undefined : words.problems[problem])}
          >
            {preview.isSuccess ? words.make : words.preview}
          </Button>
          <Button look="quiet" onClick={close}>
            {texts.cancel}
          </Button>
          <span className={styles.hint} role="status">
            {preview.isPending || make.isPending
              ? texts.states.loading
              : problem === undefined
                ? preview.isSuccess
                  ? ''
                  : words.previewFirst
                : words.problems[problem]}
          </span>
        </div>
      </form>
    </Dialog>
  );
};
