import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateFor } from '../../test/authority.ts';
import { emptyFolder } from '../../test/setting.ts';
import { networkSettings } from './network.ts';

describe('a proxy', () => {
  it.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128/'],
    ['proxy.example:3128', 'http://proxy.example:3128/'],
    ['https://user:pass@proxy.example', 'https://user:pass@proxy.example/'],
    [' http://10.0.0.1:3128/ ', 'http://10.0.0.1:3128/'],
  ])('is the address %j', (given, is) => {
    expect(networkSettings.read({ HTTPS_PROXY: given }).httpsProxy).toBe(is);
  });

  it('may have its name in small letters, which counts first', () => {
    const { httpsProxy, httpProxy, noProxy } = networkSettings.read({
      https_proxy: 'http://small.example:1',
      HTTPS_PROXY: 'http://large.example:1',
      http_proxy: 'http://plain.example:1',
      no_proxy: 'registry.example',
    });
    expect([httpsProxy, httpProxy, noProxy]).toEqual([
      'http://small.example:1/',
      'http://plain.example:1/',
      'registry.example',
    ]);
  });

  it.each([
    'socks5://user:secret@proxy.example:1080',
    'http://',
    'http://user:secret@proxy example',
    'http://proxy/secret',
  ])('is not %j, and no message has its password', (given) => {
    const read = () => networkSettings.read({ HTTPS_PROXY: given });
    expect(read).toThrow(/^HTTPS_PROXY must be the http or https address of a proxy, like /);
    expect(read).not.toThrow(/secret/);
  });
});

describe('an own authority', () => {
  const fileWith = async (text: string): Promise<string> => {
    const file = join(await emptyFolder(), 'ca.pem');
    await writeFile(file, text);
    return file;
  };

  it('may be several, with text between', async () => {
    const [one, two] = [await certificateFor(), await certificateFor()];
    const { authorities } = networkSettings.read({
      ASSAY_REGISTRY_CA: await fileWith(`# mine\n${one.ca}\n\n# and yours\n${two.ca}\n`),
    });
    expect(authorities!.pems.slice(-2)).toEqual([one.ca, two.ca]);
  });

  it('is refused in one line that names the setting and the file', async () => {
    const { ca, key } = await certificateFor();
    const broken = ca.replace(/\n.{8}/, '\nAAAAAAAA');
    const rows: [string, string][] = [
      ['/nowhere/ca.pem', 'ENOENT'],
      [await fileWith('nothing'), 'is not a PEM file'],
      [await fileWith(key), 'has no certificate in it'],
      [await fileWith(`${ca}\n${broken}`), 'certificate 2 of 2 cannot be read'],
    ];
    for (const [file, why] of rows) {
      const read = () => networkSettings.read({ ASSAY_REGISTRY_CA: file });
      expect(read).toThrow(`ASSAY_REGISTRY_CA ${file}`);
      expect(read).toThrow(why);
    }
  });
});
