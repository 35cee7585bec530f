import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { flow, stepOf, type App } from '@assay/events';
import { catalogue, prometheusName } from '@assay/telemetry';
import { defaultLimits } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import { namesTheMakers, ownDatabase } from './databases.ts';
import { filesBelow, read } from './files.ts';
import { problemsOf } from './schemas.ts';
import {
  chart,
  environmentOf,
  helm,
  objectsIn,
  installations,
  linted,
  podsOf,
  rendered,
  renderedWithAll,
  valuesOf,
  type Rendered,
} from './rendered.ts';
import { isSet, wanted } from './wanted.ts';

const apps = flow.map(({ app }) => app);
const every = [...installations, 'production with all that the chart has'];
const texts = new Map<string, string>();
const objectsOf = (installation: string): Rendered[] => objectsIn(texts.get(installation)!);
const of = (installation: string, kind: string): Rendered[] =>
  objectsOf(installation).filter((object) => object.kind === kind);
const podOf = (installation: string, app: string) =>
  podsOf(objectsOf(installation)).find(({ object }) => object.metadata.name === app)!;
const bytes = (text: string): number =>
  Number.parseInt(text, 10) * ({ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[text.slice(-2)] ?? 1);

beforeAll(() => {
  for (const installation of installations) texts.set(installation, rendered(installation));
  texts.set(every.at(-1)!, renderedWithAll());
});

it.each([...installations, 'reporter'])('chart: helm finds nothing wrong with the values for %s', (values) => {
  expect(linted(values)).toContain('1 chart(s) linted, 0 chart(s) failed');
});

it('chart: a value that is unknown, or lacks what it needs, ends with its name', () => {
  expect(() => rendered('laptop', ['kafka.broker=kafka:9092'])).toThrow("additional properties 'broker' not allowed");
  expect(() => rendered('laptop', ['keda.enabled=true'])).toThrow("at '/keda/prometheus': minLength");
  expect(() => rendered('laptop', ['image.repository='])).toThrow("at '/image/repository': minLength");
  expect(() => rendered('laptop', ['kafka=null'])).toThrow("missing property 'kafka'");
  expect(() => rendered('laptop', ['settings.ASSAY_PORT=1'])).toThrow("invalid propertyName 'ASSAY_PORT'");
  expect(() => rendered('laptop', ['namespaces.data=assay'])).toThrow('each needs a name of its own');
});

it('chart: only the suite needs a Kubernetes with user namespaces of pods', () => {
  const old = (values: string) => helm('template', 'assay', chart, '--kube-version', '1.35.0', ...valuesOf(values));
  expect(() => old('laptop')).toThrow('the suite needs Kubernetes 1.36');
  expect(podsOf(objectsIn(old('reporter')))).toHaveLength(1);
});

it("chart: a value takes the place of the chart's own as a whole", () => {
  const objects = objectsIn(
    rendered('laptop', [
      'settings.ASSAY_KAFKA_REPLICATION=',
      'services.ingestion.env.ASSAY_DATABASE_SOURCES=',
      'services.ingestion.mounts.registries.path=/etc/assay',
      'services.ingestion.mounts.registries.claim=registries',
    ]),
  );
  const { object, pod } = podsOf(objects).find(({ object: { metadata } }) => metadata.name === 'ingestion')!;
  const environment = environmentOf(pod.containers[0]!, object.metadata.namespace, objects);
  expect(environment).toMatchObject({ ASSAY_KAFKA_REPLICATION: '', ASSAY_DATABASE_SOURCES: '' });
  expect(pod.volumes).toContainEqual({ name: 'registries', persistentVolumeClaim: { claimName: 'registries' } });
});

it('chart: every pod knows the secrets of its registry, and a service its nodes', () => {
  const settings = [
    'image.pullSecrets={ours}',
    'seccompInstaller.enabled=true',
    'reporter.enabled=true',
    'reporter.cluster=prod',
    'reporter.url=https://assay.example.com',
    'services.sandbox-runner.nodeSelector.pool=scanners',
  ];
  const pods = podsOf(objectsIn(rendered('production', settings)));
  expect(pods).toHaveLength(9);
  for (const { object, pod } of pods) expect(pod['imagePullSecrets'], object.metadata.name).toEqual([{ name: 'ours' }]);
  expect(pods.filter(({ pod }) => 'nodeSelector' in pod).map(({ object }) => object.metadata.name)).toEqual([
    'sandbox-runner',
  ]);
});

it('chart: KEDA trusts the authority that the services trust', () => {
  const objects = objectsIn(rendered('production', ['kafka.sasl=', 'privateCa.enabled=true']));
  const byName = (kind: string) => objects.filter((object) => object.kind === kind);
  for (const { spec } of byName('TriggerAuthentication'))
    expect(spec).toEqual({ secretTargetRef: [{ parameter: 'ca', name: 'assay-ca', key: 'ca.crt' }] });
  const kafka = (byName('ScaledObject') as Scaled[])
    .flatMap(({ spec }) => spec.triggers)
    .filter(({ type }) => type === 'kafka');
  expect(new Set(kafka.map((trigger) => JSON.stringify(trigger.authenticationRef)))).toEqual(
    new Set(['{"name":"assay-kafka"}']),
  );
});

describe.each(every)('chart: %s', (installation) => {
  it.each(['1.36.0', '1.37.0'])('holds to the schemas of Kubernetes %s', (version) => {
    expect(problemsOf(objectsOf(installation), version)).toEqual([]);
  });

  it('holds no secret', () => {
    expect(of(installation, 'Secret')).toEqual([]);
  });

  it('runs all six, each from its own image', () => {
    for (const app of apps)
      expect(podOf(installation, app)?.pod.containers[0]!.image, app).toMatch(
        new RegExp(`^(localhost|registry\\.example\\.com)/assay/${app}:\\d`),
      );
  });

  it.each(apps)('gives %s what it reads', (app) => {
    const { object, pod } = podOf(installation, app);
    const environment = environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf(installation));
    expect(wanted(app).filter((name) => !isSet(environment, name))).toEqual([]);
    expect(environment['ASSAY_PORT']).toBe('8080');
  });

  it('takes databases by ingestion alone, which hands them on through the blobs of the runner', () => {
    const environment = (app: string): Record<string, unknown> => {
      const { object, pod } = podOf(installation, app);
      return environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf(installation));
    };
    const [ingestion, runner] = [environment('ingestion'), environment('sandbox-runner')];
    expect(namesTheMakers(ingestion['ASSAY_DATABASE_SOURCES'])).toBe(true);
    expect(ingestion['ASSAY_BLOBS']).toEqual(runner['ASSAY_BLOBS']);
    expect(Object.keys(runner).filter((name) => ownDatabase.includes(name))).toEqual([]);
    const outward = of(installation, 'NetworkPolicy').find(
      ({ metadata: { name, namespace } }) => name === 'registries' && namespace === 'assay',
    )!['spec'] as { podSelector: { matchLabels: object }; egress: object[] };
    expect(podOf(installation, 'ingestion').labels).toMatchObject(outward.podSelector.matchLabels);
    expect(outward.egress).toContainEqual({
      to: [{ ipBlock: expect.objectContaining({ cidr: '0.0.0.0/0' }) as object }],
      ports: [{ protocol: 'TCP', port: 443 }],
    });
    for (const { object, pod } of podsOf(objectsOf(installation))) {
      // Nothing runs before a service, and no container starts the scanner, which would fetch a database.
      expect(pod.initContainers ?? [], object.metadata.name).toEqual([]);
      expect(
        pod.containers.filter(({ command = [] }) => command.some((word) => word.includes('trivy'))),
        object.metadata.name,
      ).toEqual([]);
    }
  });

  it('hands out no token of the cluster, no root and no capability', () => {
    for (const { object, pod } of podsOf(objectsOf(installation))) {
      // Only the workload that writes to the nodes is root, and its namespace declares it.
      const mayBeRoot = object.metadata.namespace === 'assay-nodes';
      expect(pod.automountServiceAccountToken, object.metadata.name).toBe(false);
      expect(pod.securityContext?.['runAsNonRoot'] === true, object.metadata.name).toBe(!mayBeRoot);
      expect(pod.volumes?.some(({ hostPath }) => hostPath !== undefined) ?? false, object.metadata.name).toBe(
        mayBeRoot,
      );
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(container.securityContext, `${object.metadata.name}/${container.name}`).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        });
        // Kafka's image writes its configuration into its own folder.
        expect(container.securityContext?.['readOnlyRootFilesystem'] === true, container.name).toBe(
          container.name !== 'kafka',
        );
        expect(container.resources, container.name).toMatchObject({
          requests: { memory: expect.any(String) as string, cpu: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        });
      }
    }
    for (const { metadata } of of(installation, 'Namespace')) {
      expect(metadata.labels?.['pod-security.kubernetes.io/enforce'], metadata.name).toBe(
        metadata.name === 'assay-nodes' ? 'privileged' : 'restricted',
      );
    }
  });

  it.each(apps)('asks %s how it is, and lets it end in peace', (app) => {
    const { pod } = podOf(installation, app);
    const [container] = pod.containers;
    expect(container!.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    for (const [probe, path] of [
      ['startupProbe', '/healthz'],
      ['livenessProbe', '/healthz'],
      ['readinessProbe', '/readyz'],
    ] as const) {
      expect(container![probe], probe).toMatchObject({ httpGet: { path, port: 'http' } });
    }
    // The service takes up to ten seconds; five pass before it gets the signal.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(15);
    expect(
      of(installation, 'PodDisruptionBudget').find(({ metadata }) => metadata.name === app)?.['spec'],
    ).toMatchObject({
      maxUnavailable: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': app } },
    });
  });

  it('mounts only volumes that there are, and a place to write to', () => {
    for (const { object, pod } of podsOf(objectsOf(installation))) {
      const claimed = (
        (object['spec'] as { volumeClaimTemplates?: { metadata: { name: string } }[] }).volumeClaimTemplates ?? []
      ).map(({ metadata }) => metadata.name);
      const there = new Set([...(pod.volumes?.map(({ name }) => name) ?? []), ...claimed]);
      const mounted = [...pod.containers, ...(pod.initContainers ?? [])].flatMap(
        ({ volumeMounts = [] }) => volumeMounts,
      );
      expect(
        mounted.filter(({ name }) => !there.has(name)),
        object.metadata.name,
      ).toEqual([]);
      expect(
        [...there].filter((name) => !mounted.some((mount) => mount.name === name)),
        object.metadata.name,
      ).toEqual([]);
    }
    for (const app of apps)
      expect(podOf(installation, app).pod.containers[0]!.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(
        expect.arrayContaining(['/tmp', '/var/lib/assay']),
      );
  });

  it('leads no Service into nothing', () => {
    const pods = podsOf(objectsOf(installation));
    for (const { metadata, spec } of of(installation, 'Service') as (Rendered & {
      spec: { selector: Record<string, string>; ports: { targetPort: string }[] };
    })[]) {
      const behind = pods.filter(
        ({ object, labels }) =>
          object.metadata.namespace === metadata.namespace &&
          Object.entries(spec.selector).every(([label, value]) => labels[label] === value),
      );
      expect(behind, metadata.name).toHaveLength(1);
      const ports = behind[0]!.pod.containers.flatMap(({ ports: own = [] }) => own.map(({ name }) => name));
      for (const { targetPort } of spec.ports) expect(ports, metadata.name).toContain(targetPort);
    }
  });
});

interface Policy extends Rendered {
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly object[];
    readonly egress?: readonly {
      readonly to?: readonly object[];
      readonly ports?: readonly { readonly port: number }[];
    }[];
  };
}

/** With `scrape.enabled`, Prometheus reaches a port of its own. */
const isScraped = (installation: string, policy: string): boolean =>
  installation === every.at(-1) && policy === 'metrics';

describe.each(every)('chart, network access: %s', (installation) => {
  const policies = (namespace: string): Policy[] =>
    (of(installation, 'NetworkPolicy') as Policy[]).filter(({ metadata }) => metadata.namespace === namespace);

  it.each(['assay', 'assay-runner'])('in %s nothing goes in or out but what is named', (namespace) => {
    expect(policies(namespace).find(({ metadata }) => metadata.name === 'nothing')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('only recommendation reaches the runner, to ask how it stands', () => {
    const entries = policies('assay-runner').filter(
      ({ spec, metadata }) => spec.ingress !== undefined && !isScraped(installation, metadata.name),
    );
    expect(entries.map(({ metadata }) => metadata.name)).toEqual(['standing']);
    expect(entries[0]!.spec.ingress).toEqual([
      {
        ports: [{ protocol: 'TCP', port: 8080 }],
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'assay' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'recommendation' } },
          },
        ],
      },
    ]);
    expect(
      of(installation, 'Service')
        .filter(({ metadata }) => metadata.namespace === 'assay-runner')
        .map(({ metadata }) => metadata.name),
    ).toEqual(['sandbox-runner']);
  });

  it('recommendation may reach every service at its address in ASSAY_SERVICES', () => {
    const { object, pod } = podOf(installation, 'recommendation');
    const { ASSAY_SERVICES: text } = environmentOf(
      pod.containers[0]!,
      object.metadata.namespace,
      objectsOf(installation),
    ) as Record<string, string>;
    const addresses = text!.split(',').map((each) => /^([\w-]+)=http:\/\/([\w-]+)(?:\.([\w-]+))?:8080$/.exec(each)!);
    expect(new Set(addresses.map(([, name]) => name))).toEqual(new Set(apps));
    for (const [, name, host, namespace = 'assay'] of addresses) {
      expect(host).toBe(name);
      expect(
        of(installation, 'Service').some(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
        name,
      ).toBe(true);
      expect(
        policies(namespace).some(({ metadata }) => metadata.name === 'standing'),
        name,
      ).toBe(true);
    }
    expect(policies('assay').some(({ metadata }) => metadata.name === 'asking')).toBe(true);
  });

  it('the runner reaches names, Kafka, Redis, telemetry and registries', () => {
    const out = policies('assay-runner').flatMap(({ spec }) => spec.egress ?? []);
    // A rule without an address would allow all addresses.
    expect(out.filter(({ to = [], ports = [] }) => to.length === 0 || ports.length === 0)).toEqual([]);
    const { object, pod } = podOf(installation, 'sandbox-runner');
    const environment = environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf(installation)) as Record<
      string,
      string
    >;
    const portOf = (address: string): number => Number(/:(\d+)$/.exec(address)![1]);
    const needed = [
      53,
      443,
      portOf(environment['ASSAY_KAFKA_BROKERS']!),
      portOf(environment['ASSAY_REDIS_URL']!),
      portOf(environment['OTEL_EXPORTER_OTLP_ENDPOINT']!),
    ];
    // The registry of the laptop.
    const allowed = installation === 'laptop' ? [...needed, 5000] : needed;
    const ports = new Set(out.flatMap(({ ports: own = [] }) => own.map(({ port }) => port)));
    expect(needed.filter((port) => !ports.has(port))).toEqual([]);
    expect([...ports].filter((port) => !allowed.includes(port))).toEqual([]);
  });

  it("only the gateway, the laptop's registry and the collector of their states reach a service", () => {
    const entries = policies('assay').filter(
      ({ spec, metadata }) =>
        spec.ingress !== undefined && metadata.name !== 'gateway' && !isScraped(installation, metadata.name),
    );
    expect(entries.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      installation === 'laptop' ? ['http', 'registry-notifications', 'standing'] : ['http', 'standing'],
    );
    const answering = podsOf(objectsOf(installation))
      .filter(({ labels }) => labels['assay/http'] === 'true')
      .map(({ object }) => object.metadata.name)
      .toSorted();
    expect(answering).toEqual(['billing', 'eligibility', 'ingestion', 'recommendation']);
  });
});

describe.each(every)('chart, the runner: %s', (installation) => {
  it('has its own user namespace, and is the only pod with the profile that its sandbox needs', () => {
    const { pod } = podOf(installation, 'sandbox-runner');
    expect(pod.hostUsers).toBe(false);
    expect(pod.securityContext?.['seccompProfile']).toEqual({
      type: 'Localhost',
      localhostProfile: 'profiles/assay-runner.json',
    });
    for (const { object, pod: other } of podsOf(objectsOf(installation)).filter(
      ({ object: { metadata } }) => metadata.name !== 'sandbox-runner',
    )) {
      const profile = (other.securityContext?.['seccompProfile'] ??
        other.containers[0]!.securityContext?.['seccompProfile']) as { type: string } | undefined;
      expect(profile?.type, object.metadata.name).toBe('RuntimeDefault');
    }
  });

  it('has memory for all of its slots, so that a scanner is stopped before the kernel stops the service', () => {
    const { object, pod } = podOf(installation, 'sandbox-runner');
    const slots = Number(
      (environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf(installation)) as Record<string, string>)[
        'ASSAY_SANDBOX_SLOTS'
      ],
    );
    const service = 512 * 2 ** 20;
    expect(bytes(pod.containers[0]!.resources!.limits!['memory']!)).toBeGreaterThanOrEqual(
      slots * (defaultLimits.memoryBytes + defaultLimits.scratchBytes) + service,
    );
  });
});

interface Scaled extends Rendered {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicaCount: number;
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: Readonly<Record<string, string>>;
      readonly authenticationRef?: object;
    }[];
  };
}

describe('chart, boards and alerts', () => {
  const withAll = every.at(-1)!;

  it('has each board as a ConfigMap that a Grafana finds', () => {
    const boards = of(withAll, 'ConfigMap').filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
    const files = boards.flatMap(({ data }) => Object.entries(data as Record<string, string>));
    expect(Object.fromEntries(files)).toEqual(
      Object.fromEntries(
        filesBelow('ops/grafana')
          .filter((path) => path.endsWith('.json'))
          .map((path) => [basename(path), read(path)]),
      ),
    );
    expect(files.length).toBe(5);
  });

  it('has the alerts that Prometheus has elsewhere', () => {
    const [rule, ...more] = of(withAll, 'PrometheusRule');
    expect(more).toEqual([]);
    expect(rule!['spec']).toEqual(parse(read('ops/prometheus/rules.yml')));
  });

  it('leaves both out unless an installation has boards', () => {
    for (const installation of installations) expect(of(installation, 'PrometheusRule'), installation).toEqual([]);
  });
});

describe('chart, scraping', () => {
  const withAll = every.at(-1)!;

  it('opens the port of the metrics, and nothing else, to the namespace of Prometheus', () => {
    const policies = (of(withAll, 'NetworkPolicy') as Policy[]).filter(({ metadata }) => metadata.name === 'metrics');
    expect(new Set(policies.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['assay', 'assay-runner']));
    const [monitor] = of(withAll, 'PodMonitor');
    const { podMetricsEndpoints, selector } = monitor!['spec'] as {
      podMetricsEndpoints: { portNumber: number }[];
      selector: object;
    };
    for (const { spec, metadata } of policies) {
      expect(spec.podSelector, metadata.namespace).toEqual(selector);
      expect(spec.ingress).toEqual([
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } }],
          ports: podMetricsEndpoints.map(({ portNumber }) => ({ protocol: 'TCP', port: portNumber })),
        },
      ]);
    }
    for (const app of apps) {
      const { object, pod, labels } = podOf(withAll, app);
      expect(labels, app).toMatchObject({ 'app.kubernetes.io/component': 'service' });
      expect(environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf(withAll))).toMatchObject({
        ASSAY_METRICS_PORT: `${podMetricsEndpoints[0]!.portNumber}`,
      });
    }
  });

  it('serves no metrics unless an installation has scraping', () => {
    for (const installation of installations)
      expect(JSON.stringify(of(installation, 'ConfigMap')), installation).not.toContain('ASSAY_METRICS_PORT');
  });
});

describe('chart, scaling', () => {
  const scaled = (): Scaled[] => of('production', 'ScaledObject') as Scaled[];

  it('follows the topics that a service consumes, by its consumer group', () => {
    for (const {
      metadata,
      spec: { scaleTargetRef, triggers },
    } of scaled()) {
      const app = scaleTargetRef.name as App;
      const kafka = triggers.filter(({ type }) => type === 'kafka').map((trigger) => trigger.metadata);
      expect(new Set(kafka.map(({ consumerGroup }) => consumerGroup)), metadata.name).toEqual(new Set([app]));
      const topics = kafka.map(({ topic }) => topic!);
      // Verdicts that decline are no work for the runner.
      expect(topics, metadata.name).toEqual(app === 'sandbox-runner' ? ['scan.approved'] : stepOf(app).consumes);
      expect(stepOf(app).consumes, metadata.name).toEqual(expect.arrayContaining(topics));
    }
    expect(
      scaled()
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(apps.toSorted());
  });

  it('asks the brokers that the services ask, and leaves the number of pods to KEDA', () => {
    for (const {
      metadata,
      spec: { triggers },
    } of scaled()) {
      const { object, pod } = podOf('production', metadata.name);
      const brokers = (
        environmentOf(pod.containers[0]!, object.metadata.namespace, objectsOf('production')) as Record<string, string>
      )['ASSAY_KAFKA_BROKERS'];
      for (const trigger of triggers.filter(({ type }) => type === 'kafka'))
        expect(trigger.metadata['bootstrapServers'], metadata.name).toBe(brokers);
      expect((object['spec'] as { replicas?: number }).replicas, metadata.name).toBeUndefined();
    }
  });

  it('of the runner follows a metric that there is', () => {
    const [prometheus] = scaled().find(({ metadata }) => metadata.name === 'sandbox-runner')!.spec.triggers;
    const metric = catalogue['assay.jobs.age'];
    expect(prometheus!.metadata['query']).toContain(`(${prometheusName('assay.jobs.age', metric)}{`);
    expect(metric.labels).toHaveProperty('lane');
    expect(metric.unit).toBe('s');
    expect(prometheus!.metadata['query']).toContain('service="sandbox-runner",lane="push"');
  });
});
