import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { queries, useList } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Facts } from '../../components/facts.tsx';
import { OpenQuery } from '../../components/open-query.tsx';
import { Answered, Chips, FailureView, Nothing, NothingLeft } from '../../components/states.tsx';
import { Table, Total } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useSubscriptions } from '../../api/use-subscriptions.ts';
import { useScope } from '../../frame/scope.tsx';
import { oneOf, text, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { ruleQuery } from '../../kql/lists.ts';
import { numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { criteriaText, ruleColumns, ruleKey } from './columns.tsx';
import { ExemptionDialog } from './dialog.tsx';
import { causeToLook, standingOf, standings, type ShownRule } from './standing.ts';
import styles from './exemptions.module.css';
import { exemptionTexts } from './texts.ts';

const words = exemptionTexts;

const ruleFilters = {
  state: oneOf(standings),
  q: text(),
  open: viewed(text()),
};

const contains = (rule: ShownRule, q: string): boolean =>
  `${rule.ruleId} ${rule.scope} ${rule.by} ${rule.reason} ${criteriaText(rule.criteria)}`
    .toLowerCase()
    .includes(q.toLowerCase());

/** A rule beside the list, and the way to take it back. */
const RulePanel = ({ of, close }: { readonly of: ShownRule; readonly close: () => void }): ReactElement => {
  const [why, setWhy] = useState('');
  const prevented = usePrevented('rules/write', texts.rights.needs);
  const remove = useMutation({
    mutationFn: () =>
      answered(
        api.DELETE('/assay/rules/{rule}', {
          params: { path: { rule: of.ruleId }, query: { scope: of.scope, reason: why.trim() } },
        }),
      ),
    onSuccess: () => {
      void queries.invalidateQueries();
      close();
    },
  });
  const { error } = remove;
  const cause = causeToLook(of);
  return (
    <Dialog title={<Name of={of.ruleId} />} isOpen onClose={close} place="side">
      <Facts
        of={[
          [words.columns.hides, exemptionTexts.hidden(of.exempted)],
          [words.withFix, of.exempted === 0 ? undefined : numberText(of.fixable)],
          [words.columns.scope, <Name of={of.scope} className="mono" />],
          [words.columns.criteria, <Name of={criteriaText(of.criteria)} />],
          [words.columns.by, <Name of={of.by} />],
          [words.columns.since, <Moment at={of.since} />],
          [words.columns.ends, of.expiresAt === undefined ? words.never : <Moment at={of.expiresAt} />],
        ]}
      />
      <blockquote className={styles.reason}>
        <Name of={of.reason} />
      </blockquote>
      <p>
        <OpenQuery of={ruleQuery(of)}>{words.query}</OpenQuery>
      </p>
      {cause === undefined ? null : <p className={styles.look}>{words.lookMeaning[cause](of.fixable)}</p>}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (why.trim() !== '' && prevented === undefined) remove.mutate();
        }}
      >
        <div className={styles.field}>
          <label htmlFor="why-remove">{words.whyRemove}</label>
          <textarea
            id="why-remove"
            rows={2}
            maxLength={1000}
            value={why}
            onChange={({ target }) => setWhy(target.value)}
          />
        </div>
        <div className={styles.actions}>
          <Button
            look="danger"
            type="submit"
            prevented={prevented ?? (why.trim() === '' ? words.problems.reason : undefined)}
          >
            {words.remove(of.exempted)}
          </Button>
        </div>
      </form>
      {error === null ? null : (
        <FailureView
          of={error instanceof ApiFailure ? error : new ApiFailure(0, 'Unexpected', error.message)}
          retry={() => remove.mutate()}
        />
      )}
    </Dialog>
  );
};

const Page = (): ReactElement => {
  const scope = useScope();
  const subscriptions = useSubscriptions();
  const filters = useFilters(ruleFilters);
  const { values, set, href, hiding, clear } = filters;
  const [isNew, setNew] = useState(false);
  const prevented = usePrevented('rules/write', texts.rights.needs);
  const list = useList<ShownRule>(['/assay/rules'], (skipToken, signal) =>
    answered(
      api.GET('/assay/rules', { params: { query: skipToken === undefined ? {} : { $skipToken: skipToken } }, signal }),
    ),
  );
  const { rows, hasMore, more } = list;
  // Rules are few, and what makes one a debt is seen over all of them.
  if (hasMore) more();
  const now = list.at ?? 0;
  const inScope = rows.filter((rule) => scope === '' || rule.scope.includes(scope));
  const isIn = (rule: ShownRule, state: string): boolean =>
    state === '' || standingOf(rule, now).includes(state as never);
  const shown = inScope.filter((rule) => isIn(rule, values.state) && contains(rule, values.q));
  const hidden = inScope.filter((rule) => isIn(rule, 'in-force')).reduce((sum, { exempted }) => sum + exempted, 0);
  const open = rows.find((rule) => ruleKey(rule) === values.open);
  return (
    <>
      <Heading title={texts.pages.exemptions}>
        <Total
          of={{ data: list.data, rows: shown, total: shown.length }}
          within={hiding.length > 0 ? inScope.length : undefined}
        >
          {words.hiddenNow(hidden)}
        </Total>
        <span className={styles.commands}>
          <ButtonLink to="/operations/audit?what=rule" look="quiet">
            {words.history}
          </ButtonLink>
          <Button look="main" prevented={prevented} onClick={() => setNew(true)}>
            {words.new}
          </Button>
        </span>
      </Heading>
      <div className={styles.bar}>
        <Tabs
          label={texts.filters.names['state'] ?? ''}
          tabs={['' as const, ...standings].map((state) => ({
            name: words.states[state],
            href: href({ state }),
            count: list.data === undefined ? undefined : inScope.filter((rule) => isIn(rule, state)).length,
            isCurrent: values.state === state,
          }))}
        />
        <TextFilter label={words.q} value={values.q} set={(q) => set({ q }, { replace: true })} />
      </div>
      <Chips hiding={hiding} clear={clear} />
      <Answered from={list}>
        {() =>
          shown.length > 0 ? (
            <Table
              caption={texts.pages.exemptions}
              columns={ruleColumns(now, subscriptions)}
              rows={shown}
              total={shown.length}
              rowKey={ruleKey}
              rowName={({ ruleId }) => ruleId}
              onOpen={(rule) => set({ open: ruleKey(rule) })}
            />
          ) : hiding.length > 0 ? (
            <NothingLeft of={inScope.length} hiding={hiding} clear={clear} />
          ) : (
            <Nothing title={words.empty.title}>
              <p>{words.empty.text}</p>
            </Nothing>
          )
        }
      </Answered>
      {open === undefined ? null : <RulePanel of={open} close={() => set({ open: '' })} />}
      {isNew ? <ExemptionDialog start={{}} close={() => setNew(false)} /> : null}
    </>
  );
};
export default Page;
