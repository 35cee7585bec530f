import { stringify } from 'yaml';
import type { Alert, AlertGroup, AlertTest, FiredAlert } from './alert.ts';
import { billingAlerts } from './alerts/billing.ts';
import { estateAlerts } from './alerts/estate.ts';
import { pipelineAlerts } from './alerts/pipeline.ts';
import { promiseAlerts } from './alerts/promise.ts';
import { sandboxAlerts } from './alerts/sandbox.ts';

/** All alerts, in the order of the boards. */
export const alertGroups: readonly AlertGroup[] = [
  promiseAlerts,
  pipelineAlerts,
  sandboxAlerts,
  estateAlerts,
  billingAlerts,
];

/** Every runbook, by the headings of this page. */
export const runbooks = 'docs/runbooks.md';

/** The address of a runbook. An external label of Prometheus puts the place of the repository in front. */
const runbookOf = (name: string): string => `{{ $externalLabels.assay_docs }}${runbooks}#${name.toLowerCase()}`;

const written = (head: string, content: object): string =>
  `# Written by npm run docs from tools/boards. ${head}\n${stringify(content, { lineWidth: 0 })}`;

const ruleGroups = () => ({
  groups: alertGroups.map(({ name, alerts }) => ({
    name,
    rules: alerts.map(({ name: alert, severity, when, holds, summary, description }) => ({
      alert,
      expr: when.promql,
      ...(holds === undefined ? {} : { for: holds }),
      labels: { severity },
      annotations: { summary, description, runbook_url: runbookOf(alert) },
    })),
  })),
});

/** Rules of Prometheus, as YAML. */
export const rulesFile = (): string =>
  written('Load it by `rule_files` of Prometheus, or `-rule` of vmalert.', ruleGroups());

/** A text of an alert, as Prometheus fills it in. */
const filled = (text: string, { labels = {}, value = '' }: FiredAlert): string =>
  text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '')
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, value)
    .replaceAll('{{ $externalLabels.assay_docs }}', '');

const expected = ({ name, severity, summary, description }: Alert, fired: FiredAlert): object => ({
  exp_labels: { severity, ...fired.labels },
  exp_annotations: {
    summary: filled(summary, fired),
    description: filled(description, fired),
    runbook_url: filled(runbookOf(name), fired),
  },
});

interface RuleTest extends AlertTest {
  readonly alert: Alert;
  readonly alerts: readonly FiredAlert[];
}

const ruleTests = (): RuleTest[] =>
  alertGroups
    .flatMap(({ alerts }) => alerts)
    .flatMap((alert) => [
      ...alert.fires.map((test) => ({ ...test, alert })),
      ...alert.quiet.map((test) => ({ ...test, alert, alerts: [] })),
    ]);

/** Whether an alert looks at series of another's test. */
const disturbs = ({ series }: RuleTest, { alert }: RuleTest): boolean =>
  series.some(([name]) => alert.when.promql.includes(name.split('{')[0]!));

/** Tests that do not disturb each other share a database, since promtool takes long to make one. */
const sharing = (tests: readonly RuleTest[]): RuleTest[][] => {
  const groups: RuleTest[][] = [];
  for (const test of tests) {
    const group = groups.find((others) => !others.some((other) => disturbs(other, test) || disturbs(test, other)));
    if (group) group.push(test);
    else groups.push([test]);
  }
  return groups;
};

const titleOf = ({ alert, title, alerts }: RuleTest): string =>
  `${alert.name} ${alerts.length > 0 ? 'fires' : 'is quiet'}: ${title}`;

/** Tests of the rules in the form of `promtool test rules`, as YAML. */
export const ruleTestsFile = (): string =>
  written('Run it by `npm run test:rules`.', {
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    tests: sharing(ruleTests()).map((group) => ({
      name: group.map(titleOf).join('; '),
      interval: '1m',
      input_series: group.flatMap(({ minutes, series }) =>
        series.map(([name, values]) => ({ series: name, values: values(minutes) })),
      ),
      alert_rule_test: group.map((test) => ({
        eval_time: `${test.minutes}m`,
        alertname: test.alert.name,
        exp_alerts: test.alerts.map((each) => expected(test.alert, each)),
      })),
    })),
  });
