import { describe, expect, it } from 'vitest';
import { upgradeCommand } from './upgrade-command.ts';

describe('the command of an upgrade', () => {
  it.each([
    ['debian', ['libc-bin', 'libc6'], '2.41-12', 'apt-get update && apt-get install --only-upgrade -y libc-bin libc6'],
    ['alpine', ['libssl3'], '3.5.1-r0', 'apk upgrade --no-cache libssl3'],
    ['rocky', ['openssl-libs'], '1:3.2.2-6', 'dnf upgrade -y openssl-libs'],
    ['node-pkg', ['@babel/traverse'], '7.23.2', 'npm install @babel/traverse@7.23.2'],
    ['python-pkg', ['requests'], '2.31.0', 'pip install --upgrade requests==2.31.0'],
  ])('of %s is a line of its package manager with the binary names', (type, packages, fixed, command) => {
    expect(upgradeCommand(type, packages, fixed)).toBe(command);
  });

  it.each([
    ['an unknown type', 'jar', ['log4j'], '2.17.1'],
    ['a name that a shell would read', 'debian', ['zlib', '$(reboot)'], '1'],
    ['an option in place of a name', 'debian', ['--allow-unauthenticated'], '1'],
    ['a version that a shell would read', 'npm', ['left-pad'], '1;reboot'],
    ['a name of two lines', 'alpine', ['zlib\nreboot'], '1'],
    ['no name', 'alpine', [], '1'],
  ])('is none for %s', (_, type, packages, fixed) => {
    expect(upgradeCommand(type, packages, fixed)).toBeUndefined();
  });
});
