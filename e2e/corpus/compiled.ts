import { join } from 'node:path';
import type { OraclePackage, Recipe } from './recipe.ts';
import { debianRoot, dpkgQuery, tarred, written } from './roots.ts';
import { cache, cached, goProgram, needs, run, shell, skopeo, umociBase } from './tools.ts';

const goFiles = {
  'main.go':
    'package main\n\nimport "golang.org/x/text/language"\n\nfunc main() { println(language.English.String()) }\n',
  'go.mod': 'module example.org/app\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.7\n',
};

const goProject = async (folder: string): Promise<string> => {
  const project = join(folder, 'project');
  await written(project, goFiles);
  await run('go', ['mod', 'tidy'], { cwd: project });
  return project;
};

/** The modules of a program, and the standard library under the name that advisories have for it. */
const goModules = async (program: string): Promise<OraclePackage[]> => {
  const listed = await run('go', ['version', '-m', program]);
  const modules = [...listed.matchAll(/^\tdep\t(\S+)\t(\S+)/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }));
  const [, version = ''] = /: go(\S+)/.exec(listed) ?? [];
  return [...modules, { name: 'stdlib', version: `v${version}` }].map((each) => ({ bucket: 'go', ...each }));
};

const cargoToml =
  '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\nitoa = "=1.0.9"\nryu = "=1.0.15"\n';

export const compiled: readonly Recipe[] = [
  {
    name: 'go',
    make: async (folder) => {
      const root = await debianRoot(folder);
      const program = join(root, 'usr/local/bin/app');
      await run('go', ['build', '-o', program, '.'], { cwd: await goProject(folder) });
      return {
        packages: [...(await goModules(program)), ...(await dpkgQuery(root))],
        layout: await tarred(folder, root),
      };
    },
  },
  {
    name: 'ko',
    make: async (folder) => {
      await needs('umoci', 'skopeo');
      const [ko, crane] = [
        await goProgram('github.com/google/ko', 'v0.18.0'),
        await goProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.20.3'),
      ];
      const root = await debianRoot(folder);
      await goProject(folder);
      // Ko takes its base from a registry only.
      await shell(
        `${crane} registry serve --address 127.0.0.1:0 >serve.log 2>&1 & server=$!; trap "kill $server" EXIT; ` +
          'for _ in $(seq 600); do grep -q "on port" serve.log && break; sleep 0.1; done; ' +
          'host=localhost:$(grep -o "on port [0-9]*" serve.log | grep -o "[0-9]*$"); ' +
          `${umociBase} ${skopeo} oci:base:v1 docker-archive:base.tar:a/b:v1; ${crane} push base.tar $host/base; ` +
          `cd project; KO_DEFAULTBASEIMAGE=$host/base ${ko} build --push=false --oci-layout-path=../out .`,
        { cwd: folder, env: { KOCACHE: join(cache, 'ko') } },
      );
      await shell(`rm -r bundle; ${skopeo} oci:out oci:one:v1; umoci unpack --image one:v1 bundle`, { cwd: folder });
      const packages = await goModules(join(folder, 'bundle/rootfs/ko-app/app'));
      return { packages: [...packages, ...(await dpkgQuery(root))], layout: join(folder, 'out') };
    },
  },
  {
    name: 'rust',
    make: async (folder) => {
      const auditable = await cached('cargo-auditable-0.6.6', (into) =>
        run('cargo', ['install', '--quiet', '--locked', '--root', into, 'cargo-auditable@0.6.6']),
      );
      const root = await debianRoot(folder);
      const cwd = join(folder, 'project');
      await written(cwd, {
        'Cargo.toml': cargoToml,
        'src/main.rs':
          'fn main() { println!("{}{}", itoa::Buffer::new().format(1), ryu::Buffer::new().format(0.5)); }\n',
      });
      await shell('cargo auditable build --quiet --release', {
        cwd,
        env: { PATH: `${auditable}/bin:${process.env['PATH']}` },
      });
      await shell(`mkdir -p ${root}/usr/local/bin; cp target/release/app ${root}/usr/local/bin`, { cwd });
      const listed = await run('cargo', ['tree', '--prefix', 'none', '--edges', 'normal'], { cwd });
      const packages = [...listed.matchAll(/^(\S+) v(\S+)/gm)].map(([, name = '', version = '']): OraclePackage => ({
        bucket: 'cargo',
        name,
        version,
      }));
      return { packages: [...packages, ...(await dpkgQuery(root))], layout: await tarred(folder, root) };
    },
  },
];
