import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, host } from '../services/ports.ts';
import { RunningServer } from '../services/server.ts';
import { controlPlane, program } from './programs.ts';

export interface ApiServer {
  /**
   * Runs kubectl as a cluster's administrator.
   * @param input what it reads from `-f -`
   * @returns its output, with its warnings
   * @throws Error with what it, or the API server, refused
   */
  readonly kubectl: (args: readonly string[], input?: string) => string;
  /** Arguments by which helm reaches it as that administrator. */
  readonly forHelm: readonly string[];
  readonly stop: () => Promise<void>;
}

const remedy = 'its log names the cause';

const isReady = (port: number, token: string): Promise<boolean> =>
  new Promise((resolve) => {
    // It makes its certificate itself, when it starts.
    const options = { host, port, path: '/readyz', headers: { authorization: `Bearer ${token}` } };
    get({ ...options, rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode === 200)).once(
      'error',
      () => resolve(false),
    );
  });

/**
 * Starts the API server of Kubernetes and its store on loopback, in a folder of their own. There is no controller,
 * scheduler or kubelet: objects are checked, given their defaults, admitted and kept, and nothing runs.
 */
export const startApiServer = async (): Promise<ApiServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-api-server-'));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [storePort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  const store = await RunningServer.start({
    name: 'etcd',
    folder,
    port: storePort,
    url: `http://${host}:${storePort}`,
    command: controlPlane('etcd'),
    args: [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=http://${host}:${storePort}`,
      `--advertise-client-urls=http://${host}:${storePort}`,
      `--listen-peer-urls=http://${host}:${peerPort}`,
      `--initial-advertise-peer-urls=http://${host}:${peerPort}`,
      `--initial-cluster=default=http://${host}:${peerPort}`,
      '--unsafe-no-fsync',
    ],
    remedy,
    answers: async () => (await fetch(`http://${host}:${storePort}/health`).catch(() => undefined))?.ok ?? false,
  });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const stopStore = async (): Promise<void> => {
    await store.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const server = await RunningServer.start({
      name: 'kube-apiserver',
      folder,
      port,
      url: `https://${host}:${port}`,
      command: controlPlane('kube-apiserver'),
      args: [
        `--etcd-servers=${store.url}`,
        `--bind-address=${host}`,
        `--advertise-address=${host}`,
        `--secure-port=${port}`,
        `--cert-dir=${join(folder, 'certificates')}`,
        `--token-auth-file=${file('tokens.csv', `${token},admin,admin,"system:masters"\n`)}`,
        `--service-account-key-file=${file('accounts.pub', publicKey)}`,
        `--service-account-signing-key-file=${file('accounts.key', privateKey)}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        '--service-cluster-ip-range=10.0.0.0/24',
        '--authorization-mode=RBAC',
        // These wait for what a controller would make.
        '--disable-admission-plugins=ServiceAccount,DefaultTolerationSeconds,TaintNodesByCondition',
        '--endpoint-reconciler-type=none',
      ],
      remedy,
      answers: () => isReady(port, token),
      timeoutMs: 180_000,
    });
    const certificate = join(folder, 'certificates', 'apiserver.crt');
    const place = ['--server', server.url, '--token', token, '--cache-dir', join(folder, 'cache')];
    return {
      forHelm: ['--kube-apiserver', server.url, '--kube-token', token, '--kube-ca-file', certificate],
      kubectl: (args, input) => {
        const { status, stdout, stderr } = spawnSync(
          program('kubectl', 'kubernetes-client'),
          [...place, '--certificate-authority', certificate, ...args],
          { input: input ?? '', encoding: 'utf8', maxBuffer: 64 * 2 ** 20, env: { ...process.env, KUBECONFIG: '' } },
        );
        if (status !== 0) throw new Error(stderr || `kubectl ended with ${status}`);
        return stdout + stderr;
      },
      stop: async () => {
        await server.stop();
        await stopStore();
      },
    };
  } catch (error) {
    await stopStore();
    throw error;
  }
};
