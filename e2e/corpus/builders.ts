import { join } from 'node:path';
import type { CorpusImage, Recipe } from './recipe.ts';
import { debianRoot, debOf, dpkg, dpkgQuery, written } from './roots.ts';
import { goProgram, needs, run, shell, skopeo, umociBase } from './tools.ts';

/** A Debian that a script makes an image of. The root is in `root`, the image must come to be in `out`. */
const builtBy =
  (programs: readonly string[], script: string, env: Readonly<Record<string, string>> = {}) =>
  async (folder: string): Promise<CorpusImage> => {
    await needs(...programs);
    const root = await debianRoot(folder);
    await shell(script, { cwd: folder, env });
    return { packages: await dpkgQuery(root), layout: join(folder, 'out') };
  };

/** Storage of buildah and podman in the folder of the recipe; overlay needs a kernel that has it. */
const stored = (program: string): string =>
  `${program}() { command ${program} --root $PWD/storage --runroot $PWD/running --storage-driver vfs "$@"; }; `;
/** Podman refuses a long path of what it has running. */
const podman =
  stored('podman').replace('$PWD/running', '$short') +
  'short=$(mktemp -d /tmp/corpus-XXXX); trap "rm -rf $short" EXIT; ' +
  'tar -C root -cf root.tar .; podman import root.tar base >/dev/null; ';

const dockerfile = `FROM scratch
ADD root.tar /
COPY busybox /bin/busybox
ENV LANG=C.UTF-8
COPY file /srv/file
RUN ["/bin/busybox", "rm", "/srv/file"]
CMD ["/bin/bash"]
`;

/** An OCI layout around the files of skopeo's `dir:`. */
const layoutOfFolder = `
mkdir -p out/blobs/sha256
digest=$(sha256sum dir/manifest.json | cut -d" " -f1)
cp dir/manifest.json out/blobs/sha256/$digest
for blob in dir/*; do case $blob in *.json|*version) ;; *) cp $blob out/blobs/sha256/;; esac; done
type=application/vnd.docker.distribution.manifest.v2+json
size=$(stat -c %s dir/manifest.json)
entry="{\\"mediaType\\":\\"$type\\",\\"digest\\":\\"sha256:$digest\\",\\"size\\":$size}"
echo "{\\"schemaVersion\\":2,\\"manifests\\":[$entry]}" >out/index.json
echo '{"imageLayoutVersion":"1.0.0"}' >out/oci-layout
`;

/** A root that dpkg installed, packed by the tools that build and copy images. */
export const builders: readonly Recipe[] = [
  {
    name: 'dpkg-upgrade',
    make: async (folder) => {
      await needs('umoci');
      await debianRoot(folder);
      const newer = await debOf(folder, { name: 'libssl3', version: '3.0.17-1~deb12u2', source: 'openssl' });
      await shell(`${umociBase.replace('repack', 'repack --refresh-bundle')} mv base out`, { cwd: folder });
      const root = join(folder, 'bundle/rootfs');
      await dpkg(root, '--install', newer);
      await dpkg(root, '--purge', 'libgcc-s1');
      await run('umoci', ['repack', '--image', 'out:v1', 'bundle'], { cwd: folder });
      return { packages: await dpkgQuery(root), layout: join(folder, 'out') };
    },
  },
  {
    name: 'skopeo-docker-archive',
    make: builtBy(
      ['umoci', 'skopeo'],
      `${umociBase} ${skopeo} oci:base:v1 docker-archive:saved.tar:a/b:v1; ` +
        `${skopeo} docker-archive:saved.tar oci:out:v1`,
    ),
  },
  {
    name: 'skopeo-zstd',
    make: builtBy(
      ['umoci', 'skopeo'],
      `${umociBase} ${skopeo} --dest-decompress oci:base:v1 dir:dir; ` +
        `${skopeo} --dest-compress-format zstd dir:dir oci:out:v1; grep -q zstd out/blobs/sha256/*`,
    ),
  },
  {
    name: 'skopeo-schema2',
    make: builtBy(['umoci', 'skopeo'], `${umociBase} ${skopeo} --format v2s2 oci:base:v1 dir:dir; ${layoutOfFolder}`),
  },
  {
    name: 'umoci-insert',
    make: builtBy(
      ['umoci', 'setcap'],
      `${umociBase} mv base out; echo ping >ping; chmod +x ping; setcap cap_net_raw+ep ping; ` +
        'umoci insert --image out:v1 ping /usr/bin/ping',
    ),
  },
  {
    name: 'buildah-bud',
    make: async (folder) => {
      await written(folder, { Dockerfile: dockerfile, file: 'x\n' });
      return builtBy(
        ['buildah', 'crun', 'busybox'],
        `${stored('buildah')} tar -C root -cf root.tar .; cp $(command -v busybox) busybox; ` +
          'buildah bud --quiet --layers --isolation chroot --format oci --tag image . >/dev/null; ' +
          'buildah push --quiet image oci:out:v1',
      )(folder);
    },
  },
  {
    name: 'buildah-commit',
    make: builtBy(
      ['buildah', 'crun'],
      `${stored('buildah')} at=$(buildah from scratch); buildah copy --quiet $at root / >/dev/null; ` +
        'buildah config --cmd /bin/bash --label a=b $at; buildah commit --quiet --squash $at oci:out:v1',
    ),
  },
  {
    name: 'podman-commit',
    make: builtBy(
      ['podman', 'crun'],
      `${podman} at=$(podman create base /usr/bin/bash); echo x >file; podman cp file $at:/usr/bin/file; ` +
        'podman commit --quiet $at image >/dev/null; podman push --quiet image oci:out:v1',
    ),
  },
  {
    name: 'podman-save',
    make: builtBy(
      ['podman', 'crun', 'skopeo'],
      `${podman} podman save --quiet --format docker-archive --output saved.tar base; ` +
        `${skopeo} docker-archive:saved.tar oci:out:v1`,
    ),
  },
  {
    name: 'crane-append',
    make: async (folder) => {
      const crane = await goProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.20.3');
      return builtBy(
        ['skopeo'],
        'tar -C root -cf root.tar .; echo x >file; tar -cf more.tar file; ' +
          `${crane} append --oci-empty-base -f root.tar -f more.tar -t a/b:v1 -o saved.tar; ` +
          `${skopeo} docker-archive:saved.tar oci:out:v1`,
      )(folder);
    },
  },
];
